const words: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  TRUE: true,
  true: true,
  True: true,
  0: false,
  f: false,
  F: false,
  FALSE: false,
  false: false,
  False: false,
};

/** Go's `strconv.ParseBool`: how annotations hold a yes or no. `undefined`: neither. */
export const parseGoBool = (text: string): boolean | undefined =>
  Object.hasOwn(words, text) ? words[text] : undefined;
