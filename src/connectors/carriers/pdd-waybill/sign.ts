import { md5Hex } from '#connectors/digest.ts'

/** `UPPER(MD5(secret + k1v1k2v2... + secret))` over all parameters but `sign`, keys in ASCII order. */
export function signParams(params: Readonly<Record<string, string>>, clientSecret: string): string {
  const text = Object.keys(params)
    .filter((key) => key !== 'sign')
    .sort()
    .map((key) => `${key}${params[key]}`)
    .join('')
  return md5Hex(`${clientSecret}${text}${clientSecret}`).toUpperCase()
}
