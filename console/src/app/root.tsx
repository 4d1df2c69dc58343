import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { whenSignedOut } from '#/api/client.ts'
import { problemOf } from '#/api/problem.ts'
import { sessionQuery } from '#/api/session.ts'
import { LanguageProvider } from '#/i18n/language.tsx'
import { ThemeProvider } from '#/theme/theme.tsx'
import { makeRouter } from './router.tsx'

const client = new QueryClient({
  queryCache: new QueryCache(),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // A refusal stays a refusal; only a hub that is away is worth asking again.
      retry: (failures, error) => failures < 2 && [0, 502, 503, 504].includes(problemOf(error).status),
    },
  },
})
const router = makeRouter(client)

// A session that ends while somebody works: back to sign-in, keeping the place they were at.
whenSignedOut(() => {
  if (router.state.location.pathname === '/sign-in') return
  client.setQueryData(sessionQuery.queryKey, null)
  void router.navigate({ to: '/sign-in', search: { to: router.state.location.href } })
})

export function Root() {
  return (
    <QueryClientProvider client={client}>
      <LanguageProvider>
        <ThemeProvider>
          <RouterProvider router={router} />
        </ThemeProvider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}
