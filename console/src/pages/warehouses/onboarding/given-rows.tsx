import { UploadOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { upload } from '#/api/client.ts'
import type { ReadList, SampleRow } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { useWarehouses } from '../use-warehouses.ts'
import { ScriptBox } from './step-source.tsx'

const ROWS_MOST = 100

/** A sample of a file's rows, as the source's own rows would be. */
export function FileSample({
  isBusy,
  onRows,
}: {
  readonly isBusy: boolean
  readonly onRows: (rows: readonly SampleRow[]) => void
}) {
  const { t } = useWording()
  const fail = useProblemToast()
  const file = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const send = useMutation({
    mutationFn: (chosen: File) => upload<ReadList>('/api/warehouses/list/read', chosen),
    onError: fail,
    onSuccess: (table, chosen) => {
      setName(chosen.name)
      onRows(
        table.rows
          .slice(0, ROWS_MOST)
          .map(({ cells }) =>
            Object.fromEntries(table.header.map((head, index) => [head, cells[index] ?? ''])),
          ),
      )
    },
  })
  return (
    <div className="hf-paste-line">
      <Button
        icon={<UploadOutlined />}
        loading={send.isPending || isBusy}
        onClick={() => file.current?.click()}
      >
        {t(name === '' ? 'warehouses.s4.fileSample' : 'warehouses.s4.fileAgain')}
      </Button>
      <span className="hf-faint">{name}</span>
      <input
        ref={file}
        type="file"
        hidden
        accept=".csv,.tsv,.txt,.xlsx"
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) send.mutate(chosen)
        }}
      />
    </div>
  )
}

/** What a warehouse's system sends, with this hub's own address and codes. */
export function PushExample({ onRows }: { readonly onRows: (rows: readonly SampleRow[]) => void }) {
  const { t } = useWording()
  const warehouses = useWarehouses().data
  const code = warehouses?.[0]?.code ?? 'SH1'
  useEffect(() => {
    if (!warehouses) return
    onRows(
      warehouses
        .slice(0, ROWS_MOST)
        .map((one) => ({ sku: 'SKU-1', quantity: '12', warehouse: one.code, version: '1', reference: null })),
    )
  }, [warehouses, onRows])
  const body = { changes: [{ warehouse: code, sku: 'SKU-1', quantity: 12, version: 1 }] }
  const script = [
    `curl -X POST ${window.location.origin}/api/v1/stock/changes \\`,
    "  -H 'Authorization: Bearer <API key>' -H 'Content-Type: application/json' \\",
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n')
  return (
    <>
      <p>{t('warehouses.s4.pushLead')}</p>
      <h3 className="hf-small-head">{t('warehouses.s4.pushExample')}</h3>
      <ScriptBox script={script} label={t('warehouses.s4.pushExample')} />
    </>
  )
}
