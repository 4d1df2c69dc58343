import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { SELLABLE } from '#/api/channel-stock-types.ts'
import { queryString, write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

const LISTINGS = `${SELLABLE}/listings`
export type NewListing = {
  readonly connectionId: string
  readonly stockSku: string
  readonly shopSku: string
  readonly ids: Readonly<Record<string, string>>
}

/** Everything that can be done to listings; the summary is read again after each. */
export function useListingChanges(onDone: () => void) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const done = () => {
    void client.invalidateQueries({ queryKey: ['listing-summary'] })
    onDone()
  }
  const retry = useMutation({
    mutationFn: (chosen: { connectionId: string; shopSkus?: readonly string[] }) =>
      write<{ due: number }>('POST', `${LISTINGS}/retry`, chosen),
    onError: fail,
    onSuccess: ({ due }) => {
      void message.success(t('channelStock.retried', { n: due }))
      done()
    },
  })
  const remove = useMutation({
    mutationFn: (place: { connectionId: string; shopSku: string }) =>
      write('DELETE', `${LISTINGS}${queryString(place)}`),
    onError: fail,
    onSuccess: done,
  })
  const collect = useMutation({
    mutationFn: (connectionId: string) =>
      write<{ added: number }>('POST', `${LISTINGS}/collect`, { connectionId }),
    onError: fail,
    onSuccess: ({ added }) => {
      void message.success(t('channelStock.collected', { n: added }))
      done()
    },
  })
  const add = useMutation({
    mutationFn: (listing: NewListing) => write('PUT', LISTINGS, listing),
    onError: fail,
    onSuccess: done,
  })
  return { retry, remove, collect, add }
}
