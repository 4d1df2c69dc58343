/** Messages per hour: a digit behind the point where it matters, whole thousands short. */
export function rateText(rate: number): string {
  if (rate === 0) return '0'
  if (rate < 0.1) return rate.toFixed(2)
  if (rate < 10) return rate.toFixed(1)
  return rate < 100_000 ? String(Math.round(rate)) : `${Math.round(rate / 1_000)}k`
}

/** The token in a callback address is as good as a key on a shared screen; its first letters tell two apart. */
export function shortAddress(url: string): string {
  return url.replace(/(\/callback\/)([^/?#]{6})[^/?#]+/, '$1$2…')
}
