#include "app/page_sender.h"

#include <gtest/gtest.h>

#include "control/personal.h"
#include "drivers/testing.h"
#include "identity/testing.h"
#include "notify/render.h"
#include "os/system_clock.h"
#include "store/open.h"
#include "store/personal.h"
#include "store/testing.h"

namespace hinomi::app {
namespace {

using ops_model::JobResult;

class PageSenderTest : public ::testing::Test {
 protected:
  PageSenderTest()
      : links_(*identity::AcknowledgeLinks::Open(table_, clock_)),
        sender_({*store_, files_, clock_, *links_, directory_.path() + "/outbox",
                 [this] { return picture_; }, [] { return std::string("https://hinomi.test"); }}) {
    store::Lease lease = *store_->AcquireLease("leader", "test", Duration::Minutes(1));
    datum_ = store::MakePersonalDatum("contact:on-call", "night@example.com");
    store::Turn turn;
    turn.epoch = lease.epoch;
    turn.personal = {datum_};
    EXPECT_TRUE(store_->Commit(turn));

    auto policy = std::make_shared<policy::OpsFolder>();
    policy->channels.push_back({.name = "mail", .type = "smtp"});
    policy->channels.back().settings = {
        {"server", mail_.server()}, {"from", "hinomi@example.com"}, {"tls", "none"}};
    policy->channels.push_back({.name = "hook", .type = "webhook"});
    policy->channels.back().settings = {{"url", hook_.url() + "/in"},
                                        {"secret", "${file:" + directory_.path() + "/secret}"}};
    auto picture = std::make_shared<api::Picture>();
    picture->policy = policy;
    notify::Page page;
    page.queued.page = "PG-1";
    page.queued_at = clock_.Now();
    picture->world.notify.pages["PG-1"] = page;
    picture_ = picture;
    EXPECT_TRUE(files_.WriteAtomically(directory_.path() + "/secret",
                                       "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"));
  }

  store::Job MakeJob(const std::string& channel, const std::string& type,
                     const std::string& destination) const {
    store::Job job;
    job.spec.kind = "page";
    job.spec.key = "PG-1";
    job.spec.payload =
        Json::MakeObject()
            .Set("page", "PG-1")
            .Set("kind", "page")
            .Set("incident", "INC-1")
            .Set("contact", "on-call")
            .Set("channel", channel)
            .Set("channel_type", type)
            .Set("destination", destination)
            .Set("subject", "HighErrorRate")
            .Set("body", "Acknowledge: " + std::string(notify::kAcknowledgeLink) + "\n")
            .Set("acknowledge_link", "yes")
            .Dump();
    return job;
  }
  std::string Sealed() const { return "sealed:" + datum_.commitment; }

  // The link in a text, "" if there is none.
  static std::string LinkIn(const std::string& text) {
    const size_t at = text.find("https://hinomi.test/ack/");
    return at == std::string::npos ? "" : text.substr(at, text.find_first_of("\r\n\"", at) - at);
  }

  SystemClock clock_;
  PosixFiles files_;
  store::TempDirectory directory_;
  std::shared_ptr<store::MemoryDatabase> database_ = store::MakeMemoryDatabase();
  std::function<Status(std::string_view)> fault_;
  std::unique_ptr<store::Store> store_ =
      store::OpenMemoryStore(database_, clock_, [this](std::string_view call, store::FaultPoint) {
        return fault_ ? fault_(call) : Status();
      });
  identity::MemoryTable table_;
  std::unique_ptr<identity::AcknowledgeLinks> links_;
  store::PersonalDatum datum_;
  drivers::SmtpReceiver mail_;
  drivers::HttpReceiver hook_;
  std::shared_ptr<const api::Picture> picture_;
  PageSender sender_;
};

TEST_F(PageSenderTest, AMailGoesToTheSealedAddressWithALinkThatWorksOnce) {
  ASSERT_TRUE(control::IsSealed(Sealed()));
  const JobResult result = sender_.Send(MakeJob("mail", "smtp", Sealed()));
  EXPECT_EQ(result.outcome, JobResult::Outcome::kDone) << result.detail;
  ASSERT_EQ(mail_.arrived().size(), 1u);
  const drivers::ArrivedMail mail = mail_.arrived()[0];
  EXPECT_EQ(mail.to, std::vector<std::string>{"night@example.com"});
  EXPECT_EQ(mail.body.find(notify::kAcknowledgeLink), std::string::npos);
}

TEST_F(PageSenderTest, EachTryCarriesALinkOfItsOwnForThatContact) {
  hook_.AnswerNext({{.status = 503}});
  EXPECT_EQ(sender_.Send(MakeJob("hook", "webhook", "")).outcome, JobResult::Outcome::kRetry);
  EXPECT_EQ(sender_.Send(MakeJob("hook", "webhook", "")).outcome, JobResult::Outcome::kDone);
  ASSERT_EQ(hook_.arrived().size(), 2u);
  const std::string first = LinkIn(hook_.arrived()[0].body);
  const std::string second = LinkIn(hook_.arrived()[1].body);
  ASSERT_FALSE(first.empty());
  EXPECT_NE(first, second);
  for (const std::string& link : {first, second}) {
    const auto shown = links_->Show(link.substr(link.rfind('/') + 1));
    ASSERT_TRUE(shown) << link;
    EXPECT_EQ(shown->incident, "INC-1");
    EXPECT_EQ(shown->contact, "on-call");
  }
  // The same page to the receiver: it may drop the second.
  EXPECT_EQ(hook_.arrived()[0].headers["webhook-id"], hook_.arrived()[1].headers["webhook-id"]);
}

TEST_F(PageSenderTest, ASecretIsReadWhenItIsNeeded) {
  ASSERT_EQ(sender_.Send(MakeJob("hook", "webhook", "")).outcome, JobResult::Outcome::kDone);
  EXPECT_FALSE(hook_.arrived()[0].headers["webhook-signature"].empty());
  ASSERT_TRUE(files_.Remove(directory_.path() + "/secret"));
  const JobResult without = sender_.Send(MakeJob("hook", "webhook", ""));
  EXPECT_EQ(without.outcome, JobResult::Outcome::kFailed);
  EXPECT_EQ(without.reason_code, "bad_settings");
  EXPECT_NE(without.detail.find("secret"), std::string::npos);
  EXPECT_EQ(without.detail.find("MDEyMzQ1"), std::string::npos);
  EXPECT_EQ(hook_.arrived().size(), 1u);
}

TEST_F(PageSenderTest, APageThatWasCalledOffWakesNobody) {
  auto picture = std::make_shared<api::Picture>(*picture_);
  picture->world.notify.pages["PG-1"].state = notify::PageState::kCancelled;
  picture_ = picture;
  EXPECT_EQ(sender_.Send(MakeJob("mail", "smtp", Sealed())).reason_code, "cancelled");
  EXPECT_TRUE(mail_.arrived().empty());
  EXPECT_EQ(table_.Everything(), "") << "no link is made for nothing";
}

TEST_F(PageSenderTest, WhatCannotBeSentFailsForGoodSoThatAnotherWayIsTaken) {
  const JobResult unknown = sender_.Send(MakeJob("pager", "pigeon", ""));
  EXPECT_EQ(unknown.outcome, JobResult::Outcome::kFailed);
  EXPECT_EQ(unknown.reason_code, "bad_settings");
  ASSERT_TRUE(store_->ErasePerson("contact:on-call"));
  const JobResult erased = sender_.Send(MakeJob("mail", "smtp", Sealed()));
  EXPECT_EQ(erased.outcome, JobResult::Outcome::kFailed);
  EXPECT_EQ(erased.reason_code, "erased");
  store::Job garbage = MakeJob("mail", "smtp", "");
  garbage.spec.payload = "{";
  EXPECT_EQ(sender_.Send(garbage).reason_code, "bad_payload");
  EXPECT_TRUE(mail_.arrived().empty());
}

TEST_F(PageSenderTest, AStoreThatIsAwayIsAskedAgain) {
  fault_ = [](std::string_view call) {
    return call == "ReadPersonal" ? Status(Unavailable("gone")) : Status();
  };
  EXPECT_EQ(sender_.Send(MakeJob("mail", "smtp", Sealed())).outcome, JobResult::Outcome::kRetry);
  fault_ = nullptr;
  table_.FailFromNowOn(true);
  const JobResult linkless = sender_.Send(MakeJob("hook", "webhook", ""));
  EXPECT_EQ(linkless.outcome, JobResult::Outcome::kRetry);
  EXPECT_EQ(linkless.reason_code, "no_link");
}

TEST_F(PageSenderTest, TheOutboxIsAWayThatNeedsNoSettings) {
  EXPECT_EQ(sender_.Send(MakeJob("outbox", "outbox", "on-call")).outcome,
            JobResult::Outcome::kDone);
  EXPECT_EQ(files_.List(directory_.path() + "/outbox")->size(), 1u);
}

}  // namespace
}  // namespace hinomi::app
