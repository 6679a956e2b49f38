#include <algorithm>

#include "store/impl/sql_store.h"

namespace hinomi::store {
namespace {

// Order of columns that JobOf reads.
#define HN_JOB_COLUMNS \
  "id, kind, host, due, key, payload, lane, once, state, attempts, epoch, last_error"

Job JobOf(const SqlRow& row) {
  Job job;
  job.id = row.Uint(0);
  job.spec.kind = row.Text(1);
  job.spec.host = row.Text(2);
  job.spec.due = row.Time(3);
  job.spec.key = row.Text(4);
  job.spec.payload = row.Text(5);
  job.spec.lane = static_cast<Lane>(row.Int(6));
  job.spec.once = row.Int(7) != 0;
  job.state = static_cast<JobState>(row.Int(8));
  job.attempts = static_cast<int>(row.Int(9));
  job.epoch = row.Uint(10);
  job.last_error = row.Text(11);
  return job;
}

Status CheckJob(const NewJob& job) {
  if (job.kind.empty()) return InvalidArgument("a job has no kind");
  if (job.key.empty()) return InvalidArgument("a job of kind " + job.kind + " has no key");
  HN_TRY_VOID(CheckText("a job's kind", job.kind));
  HN_TRY_VOID(CheckText("a job's host", job.host));
  return CheckText("a job's key", job.key);
}

}  // namespace

Status SqlStore::AddJobs(const Turn& turn) {
  for (const NewJob& job : turn.jobs) {
    HN_TRY_VOID(CheckJob(job));
    HN_TRY_VOID(session_->Run(
        "INSERT INTO job (kind, host, due, key, payload, lane, once, state, attempts, epoch, "
        "last_error) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8) ON CONFLICT (key) DO NOTHING",
        {job.kind, job.host, job.due, job.key, SqlParam::Blob(job.payload),
         static_cast<int>(job.lane), static_cast<int>(job.once), SqlParam::Blob("")}));
  }
  return {};
}

Status SqlStore::UpdateJobs(const Turn& turn) {
  for (const JobUpdate& update : turn.job_updates) {
    const bool again = update.state == JobState::kPending;
    HN_TRY(const int64_t changed,
           session_->Run("UPDATE job SET state = $1, due = CASE WHEN $2 = 1 THEN $3 ELSE due END, "
                         "last_error = $4 WHERE id = $5",
                         {static_cast<int>(update.state), static_cast<int>(again), update.due,
                          SqlParam::Blob(update.last_error), update.id}));
    if (changed != 1) {
      return InvalidArgument("a turn changes job " + std::to_string(update.id) +
                             ", which does not exist");
    }
  }
  return {};
}

// A look without locks and without a transaction, since mostly nothing is due.
Result<bool> SqlStore::AnyJobDue(uint64_t epoch, Lane lane, Instant now) {
  bool held = false;
  bool due = false;
  HN_TRY_VOID(session_->Run(
      "SELECT (SELECT count(*) FROM lease WHERE epoch = $1), (SELECT count(*) FROM ("
      "SELECT id FROM job WHERE state = 0 AND lane = $2 AND due <= $3 LIMIT 1) AS first)",
      {epoch, static_cast<int>(lane), now}, [&](const SqlRow& row) {
        held = row.Int(0) > 0;
        due = row.Int(1) > 0;
      }));
  if (!held) return NoLease(epoch);
  return due;
}

Result<std::vector<Job>> SqlStore::ClaimJobs(uint64_t epoch, Lane lane, Instant now, size_t limit) {
  const auto due = Reading("claiming jobs", [&] { return AnyJobDue(epoch, lane, now); });
  if (!due) return due.error();
  if (!*due) return std::vector<Job>();
  return InTransaction(0, "claiming jobs", [&]() -> Result<std::vector<Job>> {
    HN_TRY_VOID(CheckEpoch(epoch));
    std::vector<Job> jobs;
    HN_TRY_VOID(session_->Run(
        "UPDATE job SET state = 1, attempts = attempts + 1, epoch = $1 WHERE id IN ("
        "SELECT id FROM job WHERE state = 0 AND lane = $2 AND due <= $3 ORDER BY due, id LIMIT $4) "
        "RETURNING " HN_JOB_COLUMNS,
        {epoch, static_cast<int>(lane), now, SqlLimit(limit)},
        [&](const SqlRow& row) { jobs.push_back(JobOf(row)); }));
    // RETURNING promises no order.
    std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
      return std::pair(a.spec.due, a.id) < std::pair(b.spec.due, b.id);
    });
    return jobs;
  });
}

Result<std::vector<Job>> SqlStore::OrphanedJobs(uint64_t epoch) {
  return Reading("reading orphaned jobs", [&]() -> Result<std::vector<Job>> {
    std::vector<Job> jobs;
    HN_TRY_VOID(session_->Run("SELECT " HN_JOB_COLUMNS
                              " FROM job WHERE state = 1 AND epoch < $1 ORDER BY id",
                              {epoch}, [&](const SqlRow& row) { jobs.push_back(JobOf(row)); }));
    return jobs;
  });
}

Result<std::vector<Job>> SqlStore::ListJobs(JobState state, size_t limit) {
  return Reading("listing jobs", [&]() -> Result<std::vector<Job>> {
    std::vector<Job> jobs;
    HN_TRY_VOID(session_->Run("SELECT " HN_JOB_COLUMNS
                              " FROM job WHERE state = $1 ORDER BY id LIMIT $2",
                              {static_cast<int>(state), SqlLimit(limit)},
                              [&](const SqlRow& row) { jobs.push_back(JobOf(row)); }));
    return jobs;
  });
}

Result<std::optional<Job>> SqlStore::FindJob(const std::string& key) {
  HN_TRY_VOID(CheckText("a job's key", key));
  return Reading("reading a job", [&]() -> Result<std::optional<Job>> {
    std::optional<Job> job;
    HN_TRY_VOID(session_->Run("SELECT " HN_JOB_COLUMNS " FROM job WHERE key = $1", {key},
                              [&](const SqlRow& row) { job = JobOf(row); }));
    return job;
  });
}

Result<std::optional<Instant>> SqlStore::NextJobDue() {
  return Reading("reading when the next job is due", [&]() -> Result<std::optional<Instant>> {
    std::optional<Instant> due;
    // One step into the index (lane, due) for each lane.
    HN_TRY_VOID(
        session_->Run("SELECT (SELECT min(due) FROM job WHERE state = 0 AND lane = 0) UNION ALL "
                      "SELECT (SELECT min(due) FROM job WHERE state = 0 AND lane = 1) UNION ALL "
                      "SELECT (SELECT min(due) FROM job WHERE state = 0 AND lane = 2)",
                      {}, [&](const SqlRow& row) {
                        if (!row.IsNull(0) && (!due || row.Time(0) < *due)) due = row.Time(0);
                      }));
    return due;
  });
}

}  // namespace hinomi::store
