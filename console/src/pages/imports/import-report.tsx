import { DownloadOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { download } from '#/api/client.ts'
import type { ImportResult } from '#/api/import-types.ts'
import { useSession } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { epochMs } from '#/lib/time.ts'
import { clockIn } from '#/lib/wall-time.ts'
import { FactTag } from '#/parts/fact-tag.tsx'
import { Figures } from '#/parts/figures.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

/** What a run found or did: figures, what needs a look, and a few orders as they were read. */
export function ImportReport({ result, jobId }: { readonly result: ImportResult; readonly jobId: string }) {
  const { t, count } = useWording()
  const { flagged, errors, withheld, statusUnknown } = result
  return (
    <>
      <Figures
        items={[
          [t('imports.figure.rows'), count(result.rows)],
          [t('imports.figure.orders'), count(result.orders)],
          [t('imports.figure.created'), count(result.created), result.created > 0 ? 'good' : undefined],
          [t('imports.figure.changed'), count(result.changed)],
          [t('imports.figure.unchanged'), count(result.unchanged)],
          [t('imports.figure.errors'), count(errors), errors > 0 ? 'bad' : undefined],
          ...(withheld > 0 ? [[t('imports.figure.withheld'), count(withheld), 'bad'] as const] : []),
          [t('imports.figure.flagged'), count(flagged), flagged > 0 ? 'wait' : undefined],
        ]}
      />
      {errors + flagged > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={flagged > 0 ? t('imports.flaggedHint', { n: flagged }) : t('imports.errorsHint')}
          description={flagged > 0 && errors > 0 ? t('imports.errorsHint') : null}
          action={<ErrorsButton jobId={jobId} />}
        />
      ) : null}
      {statusUnknown.length > 0 ? (
        <section className="hf-unknown-statuses" aria-label={t('imports.unknownStatuses')}>
          <h3 className="hf-small-head">{t('imports.unknownStatuses')}</h3>
          <p className="hf-faint">{t('imports.unknownStatusesHint')}</p>
          <p>
            {statusUnknown.map(({ code, orders }) => (
              <span key={code} className="hf-code-word">
                <code>{code}</code> <Tag tone="wait">{count(orders)}</Tag>
              </span>
            ))}
          </p>
        </section>
      ) : null}
      <Samples result={result} />
    </>
  )
}

function ErrorsButton({ jobId }: { readonly jobId: string }) {
  const { t } = useWording()
  const fail = useProblemToast()
  const fetchErrors = useMutation({
    mutationFn: () => download(`/api/imports/${jobId}/errors.csv`, undefined, `import-${jobId}-errors.csv`),
    onError: fail,
  })
  return (
    <Button icon={<DownloadOutlined />} loading={fetchErrors.isPending} onClick={() => fetchErrors.mutate()}>
      {t('imports.errorsDownload')}
    </Button>
  )
}

function Samples({ result }: { readonly result: ImportResult }) {
  const { t } = useWording()
  const { zone } = useSession().hub
  if (result.sample.length === 0) return null
  return (
    <section aria-label={t('imports.sample')}>
      <h3 className="hf-small-head">{t('imports.sample')}</h3>
      <ul className="hf-sample-orders">
        {result.sample.map((order) => (
          <li key={order.orderNo}>
            <div className="hf-tags">
              <b className="hf-num">{order.orderNo}</b>
              <span className="hf-faint">{t('imports.sampleRows', { rows: order.rows.join(', ') })}</span>
              <Tag tone={order.change === 'unchanged' ? 'muted' : 'good'}>
                {t(`imports.change.${order.change}`)}
              </Tag>
            </div>
            <ul>
              {order.claims.map((claim) => (
                <li key={`${claim.code}${claim.raw}`}>
                  <FactTag fact={claim.fact} />
                  {claim.raw === '' ? null : <code>{claim.raw}</code>}
                  <span className="hf-num">
                    {claim.instant ? (
                      `→ ${clockIn(zone, epochMs(claim.instant))}`
                    ) : claim.raw === '' ? (
                      <span className="hf-faint">{t('common.unknownTime')}</span>
                    ) : (
                      <Tag tone="wait">{t('provenance.ambiguous')}</Tag>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  )
}
