/** Reads one cookie of a Cookie header; null where it is absent. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (header === undefined) return null
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return null
}

export type CookieOptions = { readonly maxAgeSeconds: number; readonly secure: boolean }

/** A Set-Cookie value that scripts cannot read and other sites' writes do not carry. */
export function sessionCookie(name: string, value: string, options: CookieOptions): string {
  const age = Math.max(0, Math.floor(options.maxAgeSeconds))
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${options.secure ? '; Secure' : ''}`
}
