import { UploadOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Button, Modal, Select } from 'antd'
import { useRef, useState } from 'react'
import type { FiguresUpload } from '#/api/capture-types.ts'
import { upload, write } from '#/api/client.ts'
import { useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { JobOutcome } from '#/parts/job-progress.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { useWarehouses } from './use-warehouses.ts'

/** A file of figures: what it would change is shown before anything is written. */
export function FiguresDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const fail = useProblemToast()
  const warehouses = useWarehouses().data ?? []
  const [warehouse, setWarehouse] = useState<string | null>(null)
  const file = useRef<HTMLInputElement>(null)
  const look = useMutation({
    mutationFn: (given: File) =>
      upload<FiguresUpload>(
        `/api/capture/uploads?name=${encodeURIComponent(given.name.slice(-200))}${warehouse ? `&warehouse=${encodeURIComponent(warehouse)}` : ''}`,
        given,
      ),
    onError: fail,
  })
  const take = useMutation({
    mutationFn: (mode: 'report' | 'compare') =>
      write<{ jobId: string }>('POST', `/api/capture/uploads/${look.data?.id}/apply`, { mode }),
    onError: fail,
  })
  const job = useJob(take.data?.jobId).data
  const ready = look.data !== undefined && look.data.rows > look.data.faults && take.data === undefined
  return (
    <Modal
      open
      width={760}
      title={t('capture.uploadDialog.title')}
      onCancel={onClose}
      footer={
        <>
          <Button disabled={!ready} loading={take.isPending} onClick={() => take.mutate('compare')}>
            {t('capture.uploadDialog.compare')}
          </Button>
          <Button
            type="primary"
            disabled={!ready}
            loading={take.isPending}
            onClick={() => take.mutate('report')}
          >
            {t('capture.uploadDialog.report')}
          </Button>
        </>
      }
    >
      <p className="hf-faint">{t('capture.uploadDialog.hint')}</p>
      <div className="hf-wh-bar">
        <Select
          allowClear
          className="hf-cap-choice"
          aria-label={t('capture.uploadDialog.warehouse')}
          placeholder={t('capture.uploadDialog.warehouse')}
          value={warehouse}
          onChange={(code: string | null) => setWarehouse(code ?? null)}
          options={warehouses.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))}
        />
        <input
          ref={file}
          type="file"
          accept=".csv,.xlsx,.txt"
          hidden
          onChange={(event) => {
            const [given] = event.target.files ?? []
            if (given) look.mutate(given)
            event.target.value = ''
          }}
        />
        <Button icon={<UploadOutlined />} loading={look.isPending} onClick={() => file.current?.click()}>
          {t('capture.uploadDialog.choose')}
        </Button>
      </div>
      {look.data ? <Preview upload={look.data} /> : null}
      {job ? <JobOutcome job={job} /> : null}
    </Modal>
  )
}

function Preview({ upload: one }: { readonly upload: FiguresUpload }) {
  const { t, count } = useWording()
  const refusalText = useRefusalText()
  return (
    <>
      <p>{t('capture.uploadDialog.outcome', { rows: one.rows, faults: one.faults, ...one.preview })}</p>
      {one.differences.length > 0 ? (
        <div className="hf-cap-rows">
          <table className="hf-plain-table" aria-label={t('capture.uploadDialog.differences')}>
            <thead>
              <tr>
                <th>{t('capture.uploadDialog.row')}</th>
                <th>{t('capture.uploadDialog.sku')}</th>
                <th>{t('capture.uploadDialog.where')}</th>
                <th className="hf-right">{t('capture.uploadDialog.ledger')}</th>
                <th className="hf-right">{t('capture.uploadDialog.file')}</th>
              </tr>
            </thead>
            <tbody>
              {one.differences.map((row) => (
                <tr key={row.row}>
                  <td className="hf-num">{row.row}</td>
                  <td>{row.sku}</td>
                  <td>{row.warehouse}</td>
                  <td className="hf-right hf-num">{row.ledger === null ? '—' : count(row.ledger)}</td>
                  <td className="hf-right hf-num">{count(row.quantity)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {one.faultRows.length > 0 ? (
        <div className="hf-cap-rows">
          <table className="hf-plain-table" aria-label={t('capture.uploadDialog.faults')}>
            <thead>
              <tr>
                <th>{t('capture.uploadDialog.row')}</th>
                <th>{t('capture.uploadDialog.faults')}</th>
              </tr>
            </thead>
            <tbody>
              {one.faultRows.map((row) => (
                <tr key={row.row}>
                  <td className="hf-num">{row.row}</td>
                  <td>
                    {row.sku} <span className="hf-faint">{refusalText(row.code, row.detail)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </>
  )
}
