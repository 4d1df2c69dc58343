import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Spin } from 'antd'
import { useEffect, useState } from 'react'
import { write } from '#/api/client.ts'
import { isSettled, useJob } from '#/api/systems.ts'
import { type DryRun, type FeedSetup, feedQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { TimeText } from '#/parts/time-text.tsx'

/** A trial that writes nothing: the whole source against the ledger, and a few seconds of what happens now. */
export function TryStep({
  feed,
  onBack,
  onNext,
}: {
  readonly feed: FeedSetup
  readonly onBack: () => void
  readonly onNext: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [jobId, setJobId] = useState<string | null>(feed.lastTry?.jobId ?? null)
  const job = useJob(jobId)
  const settled = isSettled(job.data)
  useEffect(() => {
    if (settled) void client.invalidateQueries({ queryKey: feedQuery(feed.id).queryKey })
  }, [settled, client, feed.id])
  const start = useMutation({
    mutationFn: () =>
      write<{ jobId: string }>('POST', `/api/capture/setup/${feed.id}/dry-run`, { seconds: 5 }),
    onError: fail,
    onSuccess: (started) => setJobId(started.jobId),
  })
  const running = start.isPending || (jobId !== null && job.data !== undefined && !settled)
  const tried = feed.lastTry?.jobId === jobId ? feed.lastTry : null
  const plain = feed.sourceKind !== 'connection'
  const done = plain || feed.state !== 'draft'
  return (
    <>
      <p>{t(plain ? 'warehouses.s5.skip' : 'warehouses.s5.lead')}</p>
      {running ? (
        <p role="status">
          <Spin size="small" />{' '}
          {job.data && Number(job.data.progress) > 0
            ? t('warehouses.s5.running', { n: Number(job.data.progress) })
            : t('warehouses.s5.listening')}
        </p>
      ) : null}
      {!running && tried?.error ? (
        <Alert type="error" showIcon title={t('warehouses.s5.failed')} description={tried.error} />
      ) : null}
      {!running && tried?.result ? <TryResult result={tried.result} at={tried.at} /> : null}
      <div className="hf-wiz-foot">
        <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
        {plain ? null : (
          <Button type={done ? 'default' : 'primary'} loading={running} onClick={() => start.mutate()}>
            {t(tried ? 'warehouses.s5.again' : 'warehouses.s5.start')}
          </Button>
        )}
        <Button type={done ? 'primary' : 'default'} disabled={!done || running} onClick={onNext}>
          {t('warehouses.wiz.next')}
        </Button>
      </div>
    </>
  )
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)

function TryResult({ result, at }: { readonly result: DryRun; readonly at: string }) {
  const { t, count } = useWording()
  const refusal = useRefusalText()
  const tiles = [
    ['rows', result.rows, null, ''],
    ['opening', result.opening, t('warehouses.s5.openingPieces', { n: result.openingPieces }), ''],
    ['same', result.same, null, 'hf-text-good'],
    ['different', result.different, null, result.different > 0 ? 'hf-text-wait' : ''],
    ['unknown', result.unknownSkus, result.unknownSkuList.slice(0, 3).join('、'), ''],
    [
      'faults',
      sum(result.faults),
      Object.keys(result.faults)
        .map((code) => refusal(code, null))
        .join('、'),
      sum(result.faults) > 0 ? 'hf-text-bad' : '',
    ],
    [
      'unmapped',
      sum(result.unmapped),
      Object.keys(result.unmapped).join('、'),
      sum(result.unmapped) > 0 ? 'hf-text-wait' : '',
    ],
  ] as const
  return (
    <>
      {result.isWhole ? null : (
        <Alert
          type="info"
          showIcon
          title={t(result.rows > 0 ? 'warehouses.s5.partial' : 'warehouses.s5.noTable')}
        />
      )}
      <dl className="hf-wiz-tiles">
        {tiles.map(([name, value, more, tone]) => (
          <div key={name}>
            <dt>{t(`warehouses.s5.${name}`)}</dt>
            <dd className={`hf-num ${tone}`}>{count(value)}</dd>
            <dd className="hf-faint" title={more ?? ''}>
              {more}
            </dd>
          </div>
        ))}
      </dl>
      <div className="hf-wiz-two">
        <Differences result={result} />
        <Listened result={result} at={at} />
      </div>
    </>
  )
}

function Differences({ result }: { readonly result: DryRun }) {
  const { t, count } = useWording()
  if (result.differences.length === 0) return null
  return (
    <section>
      <h3 className="hf-small-head">{t('warehouses.s5.diffs')}</h3>
      <p className="hf-faint">{t('warehouses.s5.diffsHint')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-wiz-scroll" tabIndex={0} aria-label={t('warehouses.s5.diffs')}>
        <table className="hf-plain-table">
          <thead>
            <tr>
              <th scope="col">SKU</th>
              <th scope="col">{t('warehouses.title')}</th>
              <th scope="col" className="hf-right">
                {t('warehouses.s5.col.ledger')}
              </th>
              <th scope="col" className="hf-right">
                {t('warehouses.s5.col.captured')}
              </th>
              <th scope="col" className="hf-right">
                {t('warehouses.s5.col.diff')}
              </th>
            </tr>
          </thead>
          <tbody>
            {result.differences.map((one) => (
              <tr key={`${one.warehouse} ${one.sku}`}>
                <td>{one.sku}</td>
                <td>{one.warehouse}</td>
                <td className="hf-right hf-num">{count(one.ledger)}</td>
                <td className="hf-right hf-num">{count(one.captured)}</td>
                <td className="hf-right hf-num">{signed(one.captured - one.ledger)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function signed(n: number): string {
  return n > 0 ? `+${n}` : String(n)
}

function Listened({ result: { live }, at }: { readonly result: DryRun; readonly at: string }) {
  const { t, pick } = useWording()
  return (
    <section>
      <h3 className="hf-small-head">
        {t('warehouses.s5.live', { n: live.seconds })} · {t('warehouses.s5.liveChanges', { n: live.changes })}
        {live.lagMs === null ? null : ` · ${t('warehouses.s5.lag', { ms: Math.round(live.lagMs) })}`}
      </h3>
      {live.ended ? <Alert type="warning" showIcon title={pick(live.ended)} /> : null}
      {live.shown.length === 0 ? <p className="hf-faint">{t('warehouses.s5.quiet')}</p> : null}
      <table className="hf-plain-table">
        <tbody>
          {live.shown.slice(0, 8).map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a list that never changes; the same change may be there twice
            <tr key={index}>
              <td>{one.sku}</td>
              <td>{one.warehouse}</td>
              <td className="hf-right hf-num">{one.isDelta ? signed(one.quantity) : one.quantity}</td>
              <td className="hf-faint">{one.evidence}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hf-faint">
        <TimeText at={at} />
      </p>
    </section>
  )
}
