import { ProblemError, readProblem, UNREACHABLE } from './problem.ts'

export type QueryValue = string | number | boolean | null | undefined | readonly string[]
export type Query = Readonly<Record<string, QueryValue>>

let csrfToken = ''
let onSignedOut: () => void = () => {}

/** The token lives in memory only; every answer of /api/session brings a fresh one. */
export function rememberCsrf(token: string): void {
  csrfToken = token
}

/** Called once for every 401 that is not the session check itself. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** Repeats the name for every member of a list; leaves out empty values, so that URLs stay short. */
export function queryString(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue
    for (const one of Array.isArray(value) ? value : [value])
      search.append(name, one === true ? '1' : String(one))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

async function send(method: string, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('accept', 'application/json, application/problem+json')
  if (method !== 'GET') headers.set('x-csrf-token', csrfToken)
  let response: Response
  try {
    response = await fetch(path, { ...init, method, headers, credentials: 'same-origin' })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ProblemError({
      status: 0,
      code: UNREACHABLE,
      title: 'Unreachable',
      detail: cause instanceof Error ? cause.message : '',
      type: 'about:blank',
    })
  }
  if (response.ok) return response
  const problem = await readProblem(response)
  if (response.status === 401 && !path.startsWith('/api/session')) onSignedOut()
  throw new ProblemError(problem)
}

async function json<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return json<T>(await send('GET', path + queryString(query), signal ? { signal } : {}))
}

export async function write<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const init: RequestInit =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return json<T>(await send(method, path, init))
}

/** Sends bytes as they are (file uploads); the server decides by name and content what they are. */
export async function upload<T>(path: string, body: Blob): Promise<T> {
  return json<T>(await send('POST', path, { body, headers: { 'content-type': 'application/octet-stream' } }))
}

/** Saves an answer as a file, under the name the server gives or `fallbackName`. */
export async function download(path: string, body: unknown, fallbackName: string): Promise<void> {
  const response = await send(body === undefined ? 'GET' : 'POST', path, {
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const named = /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i.exec(
    response.headers.get('content-disposition') ?? '',
  )
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = named?.[1] ? decodeURIComponent(named[1]) : fallbackName
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
