import { UploadOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Input, Modal } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { upload, write } from '#/api/client.ts'
import { FIGURES, type Figure, type ImportPreview } from '#/api/stock-types.ts'
import { isSettled, useJob } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { JobOutcome } from '#/parts/job-progress.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'

/** Figures from a file: what it would change, what is wrong in it by row and column, then a job. */
export function ImportDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const fail = useProblemToast()
  const [preview, setPreview] = useState<ImportPreview | null>(null)
  const [job, setJob] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [again, setAgain] = useState(false)
  const [take, setTake] = useState<readonly Figure[]>(FIGURES)
  const read = useMutation({
    mutationFn: (file: File) =>
      upload<ImportPreview>(
        `/api/stock/import/upload?name=${encodeURIComponent(file.name.slice(0, 200))}`,
        file,
      ),
    // What an earlier file would do is not shown, nor started, as if it were this one's.
    onMutate: () => setPreview(null),
    onError: fail,
    onSuccess: (shown) => {
      setPreview(shown)
      setTake(shown.columns)
      setAgain(false)
    },
  })
  const retake = useMutation({
    mutationFn: (figures: readonly Figure[]) =>
      write<ImportPreview>('POST', '/api/stock/import/preview', { file: preview?.file, take: figures }),
    onError: fail,
    onSuccess: (shown) => setPreview({ ...shown, columns: preview?.columns ?? shown.columns }),
  })
  const start = useMutation({
    mutationFn: () =>
      write<{ jobId: string }>('POST', '/api/stock/import', {
        file: preview?.file,
        take,
        reason: reason.trim(),
        ...(again ? { again: crypto.randomUUID() } : {}),
      }),
    onError: fail,
    onSuccess: ({ jobId }) => setJob(jobId),
  })
  const blocked =
    preview === null ||
    preview.errorCount > 0 ||
    preview.changed === 0 ||
    take.length === 0 ||
    reason.trim().length < 3 ||
    (preview.earlier !== null && !again)
  return (
    <Modal
      open
      width={760}
      title={t('stock.import.title')}
      okText={job ? t('common.close') : t('stock.import.apply', { n: preview?.changed ?? 0 })}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: job === null && blocked, loading: start.isPending }}
      onOk={() => (job ? onClose() : start.mutate())}
      onCancel={onClose}
    >
      <div className="hf-stock-dialog">
        {job ? (
          <ImportRun job={job} onDone={onDone} />
        ) : (
          <>
            <FileButton
              loading={read.isPending}
              text={t(preview ? 'stock.import.another' : 'stock.import.choose')}
              onFile={(file) => read.mutate(file)}
            />
            {preview === null ? <p className="hf-faint">{t('stock.import.hint')}</p> : null}
            {preview ? (
              <PreviewBody
                preview={preview}
                take={take}
                onTake={(figures) => {
                  setTake(figures)
                  if (figures.length > 0) retake.mutate(figures)
                }}
              />
            ) : null}
            {preview?.earlier ? (
              <Alert
                type="warning"
                showIcon
                title={t('stock.import.earlier', { id: preview.earlier.jobId, by: preview.earlier.by })}
                description={
                  <Checkbox checked={again} onChange={(event) => setAgain(event.target.checked)}>
                    {t('stock.import.again')}
                  </Checkbox>
                }
              />
            ) : null}
            {preview && preview.errorCount === 0 && preview.changed > 0 ? (
              <Input
                aria-label={t('stock.adjust.reason')}
                placeholder={`${t('stock.adjust.reason')}：${t('stock.adjust.reasonHint')}`}
                maxLength={500}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            ) : null}
          </>
        )}
      </div>
    </Modal>
  )
}

function FileButton({
  text,
  loading,
  onFile,
}: {
  readonly text: string
  readonly loading: boolean
  readonly onFile: (file: File) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div>
      <Button icon={<UploadOutlined />} loading={loading} onClick={() => input.current?.click()}>
        {text}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={text}
        accept=".csv,.xlsx,.txt,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) onFile(chosen)
        }}
      />
    </div>
  )
}

function PreviewBody({
  preview,
  take,
  onTake,
}: {
  readonly preview: ImportPreview
  readonly take: readonly Figure[]
  readonly onTake: (take: readonly Figure[]) => void
}) {
  const { t, word, count } = useWording()
  const { errorCount, changed } = preview
  return (
    <>
      <Figures
        items={[
          [t('stock.import.rows'), count(preview.rows)],
          [t('stock.import.changed'), count(changed)],
          [t('stock.import.fresh'), count(preview.fresh)],
          [t('stock.import.up'), `+${count(preview.pieces.up)}`],
          [t('stock.import.down'), `−${count(preview.pieces.down)}`],
          [t('stock.import.errors'), count(errorCount), errorCount > 0 ? 'bad' : undefined],
        ]}
      />
      <span className="hf-inline">
        <span className="hf-faint">{t('stock.import.take')}</span>
        {preview.columns.map((name) => (
          <Checkbox
            key={name}
            checked={take.includes(name)}
            onChange={(event) =>
              onTake(FIGURES.filter((one) => (one === name ? event.target.checked : take.includes(one))))
            }
          >
            {word('skuFigure', name)}
          </Checkbox>
        ))}
      </span>
      {take.includes('physical') && changed > 0 ? (
        <p className="hf-faint">{t('stock.import.stale')}</p>
      ) : null}
      {errorCount > 0 ? <ErrorTable preview={preview} /> : null}
      {errorCount === 0 && changed === 0 ? (
        <Alert type="info" showIcon title={t('stock.import.none')} />
      ) : null}
      {errorCount === 0 && changed > 0 ? <DifferenceTable preview={preview} /> : null}
    </>
  )
}

function ErrorTable({ preview }: { readonly preview: ImportPreview }) {
  const { t, word } = useWording()
  const refusal = useRefusalText()
  return (
    <>
      <Alert type="error" showIcon title={t('stock.import.errorsTitle', { n: preview.errorCount })} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-stock-scroll" aria-label={t('stock.import.errors')} tabIndex={0}>
        <table className="hf-plain-table">
          <thead>
            <tr>
              {(['row', 'column', 'value', 'why'] as const).map((name) => (
                <th key={name} scope="col">
                  {t(`stock.import.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.errors.slice(0, 200).map((error) => (
              <tr key={`${error.row}${error.column}`}>
                <td className="hf-num">{error.row}</td>
                <td>{word('skuFigure', error.column)}</td>
                <td>
                  <code>{error.value}</code>
                </td>
                <td>{refusal(error.code, null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function DifferenceTable({ preview }: { readonly preview: ImportPreview }) {
  const { t, count } = useWording()
  const shown = preview.sample
  const figure = (before: number | undefined, after: number | null) =>
    after === null || after === before ? (
      <span className="hf-faint">{before === undefined ? '—' : count(before)}</span>
    ) : (
      <>
        <span className="hf-faint">{before === undefined ? t('stock.import.new') : count(before)} → </span>
        <b>{count(after)}</b>
      </>
    )
  return (
    <>
      <span className="hf-faint">{t('stock.import.differences', { n: shown.length })}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-stock-scroll" aria-label={t('stock.import.changed')} tabIndex={0}>
        <table className="hf-plain-table">
          <thead>
            <tr>
              <th scope="col">{t('stock.import.row')}</th>
              <th scope="col">{t('stock.col.sku')}</th>
              <th scope="col">{t('stock.col.warehouse')}</th>
              <th scope="col" className="hf-right">
                {t('stock.col.physical')}
              </th>
              <th scope="col" className="hf-right">
                {t('stock.col.safety')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.row}>
                <td className="hf-num hf-faint">{row.row}</td>
                <td className="hf-num">{row.sku}</td>
                <td>{row.warehouse}</td>
                <td className="hf-num hf-right">{figure(row.before?.physical, row.physical)}</td>
                <td className="hf-num hf-right">{figure(row.before?.safety, row.safety)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function ImportRun({ job, onDone }: { readonly job: string; readonly onDone: () => void }) {
  const { t } = useWording()
  const { data } = useJob(job)
  const settled = isSettled(data)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it has ended
  useEffect(() => {
    if (settled) onDone()
  }, [settled])
  if (!data) return null
  return (
    <JobOutcome job={data}>
      <p className="hf-faint">
        {data.state === 'done' ? t('stock.import.done') : settled ? null : t('stock.import.running')}
      </p>
    </JobOutcome>
  )
}
