import { useMutation } from '@tanstack/react-query'
import { App } from 'antd'
import { type Query, queryString, upload, write } from '#/api/client.ts'
import { type ImportedMappings, MAPPING, type Mapped, type Unmapped } from '#/api/sku-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

export type NewMapping = {
  readonly connectionId: string
  readonly shopSku: string
  readonly stockSku: string
  /** Also lines that have the earlier stock SKU, where nothing of the order has left. */
  readonly again?: boolean
}

/** Says how many order lines a mapping matched. */
function useTold(): (done: Mapped) => void {
  const { t } = useWording()
  const { message } = App.useApp()
  return ({ lines, orders }) =>
    void message.success(lines > 0 ? t('skus.mapped', { lines, orders }) : t('skus.mappedNone'))
}

export function useMapSku(onDone: (mapping: NewMapping) => void) {
  const fail = useProblemToast()
  const told = useTold()
  return useMutation({
    mutationFn: (mapping: NewMapping) => write<Mapped>('PUT', MAPPING, mapping),
    onError: fail,
    onSuccess: (done, mapping) => {
      told(done)
      onDone(mapping)
    },
  })
}

/** Many at once, as one CSV; faulty rows come back by name. */
export function useImportMappings(onDone: (done: ImportedMappings) => void) {
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (csv: string) => upload<ImportedMappings>(`${MAPPING}/import`, new Blob([csv])),
    onError: fail,
    onSuccess: onDone,
  })
}

export function useUnmapSku(onDone: () => void) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (query: Query) => write<Unmapped>('DELETE', MAPPING + queryString(query)),
    onError: fail,
    onSuccess: ({ waiting }) => {
      void message.success(t('skus.removed', { waiting }))
      onDone()
    },
  })
}
