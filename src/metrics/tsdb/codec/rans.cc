#include "metrics/tsdb/codec/rans.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "metrics/impl/byte_codec.h"

namespace hinomi::metrics::codec {
namespace {

constexpr uint32_t kRansLow = 1u << 16;  // Every state between symbols is at least this.
constexpr size_t kMostStates = 8;

// What the low bits of a state say: the symbol, its frequency, the place within.
struct Slot {
  uint32_t place;
  uint16_t frequency;
  uint8_t symbol;
};
using Slots = std::array<Slot, size_t{1} << kMaxRansScale>;

void FillSlots(std::span<const uint16_t> frequencies, Slots& slots) {
  Slot* next = slots.data();
  for (size_t symbol = 0; symbol < frequencies.size(); ++symbol)
    for (uint32_t place = 0; place < frequencies[symbol]; ++place)
      *next++ = {place, frequencies[symbol], static_cast<uint8_t>(symbol)};
}

// The words behind the states, and what a state of 2^kScale slots makes of them.
// One instance for each scale: shifts by what is known are cheaper.
template <unsigned kScale>
class Decoder {
 public:
  Decoder(const Slots& slots, std::string_view words)
      : slots_(slots.data()), words_(words.data()), count_(words.size() / 2) {}

  bool left(size_t words) const { return count_ - next_ >= words; }

  // Takes a symbol off the state. Reads a word before it knows whether it is
  // needed, which is anybody's guess and so had better not be a branch.
  uint8_t Take(uint32_t& state) {
    const Slot& slot = slots_[state & ((1u << kScale) - 1)];
    const uint32_t low = slot.frequency * (state >> kScale) + slot.place;
    uint16_t word;
    std::memcpy(&word, words_ + 2 * next_, sizeof word);
    const uint32_t refilled = low << 16 | word;
    const uint64_t mask = uint64_t{0} - (low < kRansLow);
    next_ -= mask;
    state = low ^ ((low ^ refilled) & static_cast<uint32_t>(mask));
    return slot.symbol;
  }

  // The same where no word is left; false if one is needed.
  bool TakeLast(uint32_t& state, uint8_t& symbol) const {
    const Slot& slot = slots_[state & ((1u << kScale) - 1)];
    state = slot.frequency * (state >> kScale) + slot.place;
    symbol = slot.symbol;
    return state >= kRansLow;
  }

 private:
  const Slot* slots_;
  const char* words_;
  size_t count_;
  size_t next_ = 0;
};

using States = std::array<uint32_t, kMostStates>;

// A symbol of each state in turn, as long as there are words for a whole round;
// returns how many. The states live in registers.
template <unsigned kScale, size_t kStates>
size_t TakeRounds(Decoder<kScale>& shared, States& shared_states, std::span<uint8_t> symbols) {
  Decoder<kScale> decoder = shared;
  States states = shared_states;
  size_t i = 0;
  const auto round = [&]<size_t... kState>(std::index_sequence<kState...>) {
    ((symbols[i + kState] = decoder.Take(states[kState])), ...);
  };
  for (; i + kStates <= symbols.size() && decoder.left(kStates); i += kStates)
    round(std::make_index_sequence<kStates>());
  shared = decoder;
  shared_states = states;
  return i;
}

template <unsigned kScale>
bool TakeSymbols(const Slots& slots, size_t count, std::string_view bytes,
                 std::span<uint8_t> symbols, bool all) {
  States states;
  states.fill(kRansLow);
  if (bytes.size() < count * sizeof states[0]) return false;
  std::memcpy(states.data(), bytes.data(), count * sizeof states[0]);
  Decoder<kScale> decoder(slots, bytes.substr(count * sizeof states[0]));
  size_t i = 0;
  if (count == kMostStates) i = TakeRounds<kScale, kMostStates>(decoder, states, symbols);
  if (count == 4) i = TakeRounds<kScale, 4>(decoder, states, symbols);
  for (; i < symbols.size(); ++i) {
    uint32_t& state = states[i % count];
    if (decoder.left(1)) {
      symbols[i] = decoder.Take(state);
    } else if (!decoder.TakeLast(state, symbols[i])) {
      return false;
    }
  }
  return !all || (!decoder.left(1) && std::all_of(states.begin(), states.end(),
                                                  [](uint32_t s) { return s == kRansLow; }));
}

using TakeFunction = bool (*)(const Slots&, size_t, std::string_view, std::span<uint8_t>, bool);
static_assert(kMinRansScale == 6 && kMaxRansScale == 12);
constexpr std::array<TakeFunction, 7> kTakeSymbols{TakeSymbols<6>, TakeSymbols<7>,  TakeSymbols<8>,
                                                   TakeSymbols<9>, TakeSymbols<10>, TakeSymbols<11>,
                                                   TakeSymbols<12>};

}  // namespace

void RansEncode(const RansModel& model, std::span<const uint8_t> symbols, std::string& out) {
  const std::span<const uint16_t> frequencies = model.frequencies;
  std::array<uint32_t, kMaxRansSymbols> before{};
  for (size_t s = 1; s < frequencies.size(); ++s) before[s] = before[s - 1] + frequencies[s - 1];

  States state;
  state.fill(kRansLow);
  std::vector<uint16_t> words(symbols.size());  // Filled from the end.
  size_t first = words.size();
  for (size_t i = symbols.size(); i-- > 0;) {
    uint32_t& x = state[i % model.states];
    const uint32_t frequency = frequencies[symbols[i]];
    if (x >= frequency << (32 - model.scale)) {
      words[--first] = static_cast<uint16_t>(x);
      x >>= 16;
    }
    x = ((x / frequency) << model.scale) + x % frequency + before[symbols[i]];
  }
  ByteWriter writer(out);
  writer.Varint(4 * model.states + 2 * (words.size() - first));
  for (size_t s = 0; s < model.states; ++s) writer.Fixed32(state[s]);
  out.append(reinterpret_cast<const char*>(words.data() + first), 2 * (words.size() - first));
}

bool RansDecode(const RansModel& model, std::string_view bytes, std::span<uint8_t> symbols,
                bool all) {
  Slots slots;
  FillSlots(model.frequencies, slots);
  return kTakeSymbols[model.scale - kMinRansScale](slots, model.states, bytes, symbols, all);
}

}  // namespace hinomi::metrics::codec
