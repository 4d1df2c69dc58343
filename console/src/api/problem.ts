/** RFC 9457 answer of the hub. `code` is stable and documented; `detail` is for people. */
export type Problem = {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly type: string
  readonly data?: unknown
}

export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail || problem.title}`)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** The hub could not be reached at all: no answer, so no code of the hub's own. */
export const UNREACHABLE = 'console.unreachable'

export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return { status: 0, code: 'console.unexpected', title: 'Unexpected', detail, type: 'about:blank' }
}

export async function readProblem(response: Response): Promise<Problem> {
  const fallback: Problem = {
    status: response.status,
    code: `http.${response.status}`,
    title: response.statusText || `HTTP ${response.status}`,
    detail: '',
    type: 'about:blank',
  }
  if (!(response.headers.get('content-type') ?? '').includes('json')) return fallback
  try {
    const body = (await response.json()) as Partial<Problem>
    return { ...fallback, ...body, status: response.status }
  } catch {
    return fallback
  }
}
