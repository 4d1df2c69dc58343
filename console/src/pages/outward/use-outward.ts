import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { get, write } from '#/api/client.ts'
import type { OutwardOverview } from '#/api/outward-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { outwardZh } from '#/i18n/texts/outward.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

export const OUTWARD = '/api/outward'

export const outwardQuery = queryOptions({
  queryKey: ['outward'],
  queryFn: ({ signal }) => get<OutwardOverview>(OUTWARD, {}, signal),
  refetchInterval: 3_000,
})

/** A change of one connection's way out, told and shown at once. */
export function useOutwardChange(done: TextKey) {
  const { t } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: ({
      method,
      path,
      body,
    }: {
      readonly method: 'POST' | 'PUT' | 'DELETE'
      readonly path: string
      readonly body?: object
    }) => write<undefined>(method, `${OUTWARD}${path}`, body),
    onError: fail,
    onSuccess: () => {
      void message.success(t(done))
      void client.invalidateQueries({ queryKey: ['outward'] })
      void client.invalidateQueries({ queryKey: ['outward-history'] })
    },
  })
}

/** The console's words for a state, cause or error code; an unknown code is shown as it is. */
export function useOutwardWord(): (group: 'state' | 'cause' | 'code' | 'capability', code: string) => string {
  const { t } = useWording()
  return (group, code) => {
    const key = `outward.${group}.${code}`
    return key in outwardZh ? t(key as TextKey) : code
  }
}
