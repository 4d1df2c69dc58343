import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, rememberCsrf, write } from './client.ts'
import { ProblemError } from './problem.ts'
import type { Session } from './types.ts'

function remember(session: Session): Session {
  rememberCsrf(session.csrf)
  return session
}

/** The signed-in session, or null. Kept for the life of the page; sign-in and sign-out set it directly. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
  queryFn: async (): Promise<Session | null> => {
    try {
      return remember(await get<Session>('/api/session'))
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 401) return null
      throw error
    }
  },
})

export async function signIn(name: string, password: string): Promise<Session> {
  return remember(await write<Session>('POST', '/api/session', { name, password }))
}

export async function signInByLink(token: string, password?: string): Promise<Session> {
  return remember(
    await write<Session>(
      'POST',
      '/api/session/link',
      password === undefined ? { token } : { token, password },
    ),
  )
}

/** The session of a page behind the sign-in; the router guarantees that there is one. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery)
  if (!data) throw new Error('used outside the signed-in part')
  return data
}

/** What the hub still opens to whoever is confined to some shops; all else it would refuse. */
const OPEN_TO_CONFINED = ['orders:read', 'orders:write', 'messages:read']

export function useCan(): (scope: string) => boolean {
  const { scopes, shops } = useSession()
  return (scope) =>
    (shops === null || OPEN_TO_CONFINED.includes(scope)) &&
    (scopes.includes('admin') || scopes.includes(scope))
}

/** Whether this person sees some shops only; figures over all shops are closed to them. */
export function useConfined(): boolean {
  return useSession().shops !== null
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await write('DELETE', '/api/session').catch(() => undefined)
    client.clear()
    window.location.assign('/sign-in')
  }
}
