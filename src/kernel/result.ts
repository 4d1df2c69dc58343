/** An expected "no": a stable code (`feature.reason`) and what a person needs to put it right. */
export type Refusal = { readonly code: string; readonly detail: string; readonly data?: unknown }

export type Ok<T> = { readonly ok: true; readonly value: T }
export type Refused = { readonly ok: false; readonly refusal: Refusal }
export type Result<T> = Ok<T> | Refused

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value }
}

export function refuse(code: string, detail: string, data?: unknown): Refused {
  return { ok: false, refusal: data === undefined ? { code, detail } : { code, detail, data } }
}
