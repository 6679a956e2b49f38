// What `make test` takes of many looks: one for each place, by HN_SEED, so that each place has had
// every look after as many runs as there are looks. By hand, without a seed, and in `make soak` it
// is all.
const seed = process.env.HN_SOAK ? undefined : process.env.HN_SEED;

/** The one of `looks` that is the turn of the thing at `place` of its list; or all of them. */
export function sample(looks, place) {
  return seed === undefined ? looks : [looks[(place + Number(seed)) % looks.length]];
}

/** The looks of the console, each language and each theme twice. */
export const looks = [
  { lang: 'ja', theme: 'light' },
  { lang: 'ja', theme: 'dark', contrast: 'more' },
  { lang: 'en', theme: 'dark' },
  { lang: 'en', theme: 'light', contrast: 'more' },
];
