/**
 * Search parameters are plain query strings (`?status=shipped&status=delivered`), the same that the hub's API takes, so that
 * a link can be read, typed and shared. Each page's `validateSearch` picks what it knows with the functions below.
 */
export type RawSearch = Readonly<Record<string, unknown>>

export function parseSearch(text: string): RawSearch {
  const out: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = out[name]
    out[name] =
      earlier === undefined ? value : Array.isArray(earlier) ? [...earlier, value] : [earlier, value]
  }
  return out
}

export function stringifySearch(search: RawSearch): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

export function textParam(value: unknown): string | undefined {
  if (Array.isArray(value)) return textParam(value[0])
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function listParam(value: unknown): readonly string[] | undefined {
  const all = (Array.isArray(value) ? value : [value]).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  )
  return all.length > 0 ? all : undefined
}

/** Leaves out what is not set, so that `exactOptionalPropertyTypes` and short URLs are both content. */
export function compact<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}

/** Parameters that every signed-in page understands: the order drawer and the raw message over it. */
export type OverlaySearch = { readonly order?: string; readonly message?: string }
export function overlaySearch(search: RawSearch): OverlaySearch {
  return compact<OverlaySearch>({ order: textParam(search['order']), message: textParam(search['message']) })
}
