/** The value below which the share (0 to 1) of them lies; nearest rank. NaN of nothing. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? NaN;
};

/** The most that ever lies in one sliding second; times in milliseconds. Two that are exactly a second apart are not in one. */
export const mostInASecond = (times: readonly number[]): number => {
  const sorted = [...times].sort((a, b) => a - b);
  let [most, first] = [0, 0];
  sorted.forEach((time, last) => {
    while (time - (sorted[first] ?? time) >= 1000) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
};

/** Per second, between two moments in milliseconds. */
export const rate = (count: number, from: number, to: number): number => (count * 1000) / (to - from);
