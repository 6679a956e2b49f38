// What `make test` takes of a long list: every second one, by HN_SEED. By hand, without a seed,
// and in `make soak` it is all.
const seed = process.env.HN_SOAK ? undefined : process.env.HN_SEED;

/** Every second of `list`, beginning with the one that the seed and `from` choose. */
export function sample(list, from = 0) {
  if (seed === undefined) return list;
  return list.filter((_, place) => (place + from + Number(seed)) % 2 === 0);
}
