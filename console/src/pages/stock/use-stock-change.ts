import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { write } from '#/api/client.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

/** What a change of stock makes stale. */
const STALE = [
  'level',
  'list',
  'stock-summary',
  'place-holds',
  'hold',
  'hold-summary',
  'unlock',
  'unlock-waiting',
] as const

/** Makes what was read of stock and holds be read again. */
export function useStockRefresh(): () => void {
  const client = useQueryClient()
  return () => {
    for (const key of STALE) void client.invalidateQueries({ queryKey: [key] })
  }
}

type Change = { readonly method: 'POST' | 'PUT'; readonly path: string; readonly body: unknown }

/** One change by hand; told when it is done, and everything shown is read again. */
export function useStockChange<Answer>(words: (answer: Answer) => string, onDone: () => void) {
  const fail = useProblemToast()
  const refresh = useStockRefresh()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: ({ method, path, body }: Change) => write<Answer>(method, path, body),
    onError: fail,
    onSuccess: (answer) => {
      void message.success(words(answer))
      refresh()
      onDone()
    },
  })
}
