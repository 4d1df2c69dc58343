import { ok, type Result, refuse } from '#kernel/result.ts'

/** One setting: how its text is read, what it is without one, and what a person is told about it. */
export type Setting<T> = {
  readonly env: string
  readonly fallback: T
  readonly allowed: string
  readonly zh: string
  readonly en: string
  readonly secret: boolean
  readonly parse: (given: string) => Result<T>
}
export type ValueOf<S> = S extends Setting<infer T> ? T : never
type Words = { readonly zh: string; readonly en: string; readonly secret?: boolean }

export function integer(
  env: string,
  fallback: number,
  least: number,
  most: number,
  words: Words,
): Setting<number> {
  const allowed = `a whole number from ${least} to ${most}`
  return setting(env, fallback, allowed, words, (given) => {
    const value = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN
    return value >= least && value <= most ? ok(value) : invalid(allowed)
  })
}

export function text<F extends string | null>(
  env: string,
  fallback: F,
  isAllowed: (value: string) => boolean,
  allowed: string,
  words: Words,
): Setting<string | F> {
  return setting<string | F>(env, fallback, allowed, words, (given) =>
    isAllowed(given) ? ok(given) : invalid(allowed),
  )
}

export function flag(env: string, fallback: boolean, words: Words): Setting<boolean> {
  const allowed = 'true or false'
  return setting(env, fallback, allowed, words, (given) => {
    if (/^(true|1|yes|on)$/i.test(given)) return ok(true)
    return /^(false|0|no|off)$/i.test(given) ? ok(false) : invalid(allowed)
  })
}

export function choice<const V extends string>(
  env: string,
  fallback: V,
  values: readonly V[],
  words: Words,
): Setting<V> {
  const allowed = `one of ${values.join(', ')}`
  return setting<V>(env, fallback, allowed, words, (given) => {
    const value = values.find((one) => one === given.toLowerCase())
    return value === undefined ? invalid(allowed) : ok(value)
  })
}

/** One or more of a few words, comma separated. */
export function choices<const V extends string>(
  env: string,
  fallback: readonly V[],
  values: readonly V[],
  words: Words,
): Setting<readonly V[]> {
  const allowed = `one or more of ${values.join(', ')}, comma separated`
  return setting<readonly V[]>(env, fallback, allowed, words, (given) => {
    const parts = given.split(',').map((part) => part.trim().toLowerCase())
    const known = values.filter((value) => parts.includes(value))
    return known.length > 0 && parts.every((part) => known.some((value) => value === part))
      ? ok(known)
      : invalid(allowed)
  })
}

function setting<T>(
  env: string,
  fallback: T,
  allowed: string,
  words: Words,
  parse: (given: string) => Result<T>,
): Setting<T> {
  return { env, fallback, allowed, zh: words.zh, en: words.en, secret: words.secret ?? false, parse }
}

function invalid(allowed: string): Result<never> {
  return refuse('config.invalid', `expected ${allowed}`)
}
