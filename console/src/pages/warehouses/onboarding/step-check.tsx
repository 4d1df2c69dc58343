import {
  CheckCircleFilled,
  CloseCircleFilled,
  ExclamationCircleFilled,
  MinusCircleOutlined,
} from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Spin } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { FeedCheck, FeedSetup } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { EditConnection } from './edit-connection.tsx'
import { ScriptBox } from './step-source.tsx'

const ICONS = {
  ok: <CheckCircleFilled className="hf-text-good" />,
  warning: <ExclamationCircleFilled className="hf-text-wait" />,
  failed: <CloseCircleFilled className="hf-text-bad" />,
  skipped: <MinusCircleOutlined className="hf-faint" />,
} as const

/** Everything that can be wrong with the source, each with what to do; asked anew as often as a person wants. */
export function CheckStep({ feed, onNext }: { readonly feed: FeedSetup; readonly onNext: () => void }) {
  const { t, count } = useWording()
  const [editing, setEditing] = useState(false)
  const checks = useQuery({
    queryKey: ['capture-check', feed.id],
    queryFn: () => write<{ items: readonly FeedCheck[] }>('POST', `/api/capture/setup/${feed.id}/check`),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const items = checks.data?.items ?? []
  const looked = items.filter((one) => one.outcome !== 'skipped')
  const later = items.filter((one) => one.outcome === 'skipped')
  const failed = items.filter((one) => one.outcome === 'failed').length
  const warned = items.filter((one) => one.outcome === 'warning').length
  const summary =
    failed > 0
      ? t('warehouses.s3.failed', { n: failed })
      : warned > 0
        ? t('warehouses.s3.warnings', { n: warned })
        : t('warehouses.s3.allGood')
  return (
    <>
      <p>{t('warehouses.s3.lead')}</p>
      {checks.error ? <ProblemNotice error={checks.error} /> : null}
      {checks.isPending ? (
        <p>
          <Spin size="small" /> {t('warehouses.s3.checking')}
        </p>
      ) : null}
      <ul className="hf-wiz-checks" aria-busy={checks.isFetching}>
        {looked.map((one) => (
          <CheckLine key={one.name} check={one} />
        ))}
        {later.length > 0 ? (
          <li>
            <span role="img" aria-label={t('warehouses.outcome.skipped')}>
              {ICONS.skipped}
            </span>
            <div className="hf-faint">
              {t('warehouses.s3.later', {
                n: count(later.length),
                names: later.map(({ name }) => name).join(' · '),
              })}
            </div>
          </li>
        ) : null}
      </ul>
      <div className="hf-wiz-foot">
        {feed.connection ? (
          <Button type="link" onClick={() => setEditing(true)}>
            {t('warehouses.s3.editConnection')}
          </Button>
        ) : null}
        <Button loading={checks.isFetching} onClick={() => void checks.refetch()}>
          {t('warehouses.s3.again')}
        </Button>
        <Button type="primary" disabled={!checks.data || failed > 0 || checks.isFetching} onClick={onNext}>
          {t('warehouses.wiz.next')}
        </Button>
        <span role="status" className={failed > 0 ? 'hf-text-bad' : 'hf-faint'}>
          {checks.data && !checks.isFetching ? summary : null}
        </span>
      </div>
      {editing && feed.connection ? (
        <EditConnection
          id={feed.connection.id}
          onClose={() => setEditing(false)}
          onSaved={() => {
            setEditing(false)
            void checks.refetch()
          }}
        />
      ) : null}
    </>
  )
}

function CheckLine({ check }: { readonly check: FeedCheck }) {
  const { t, pick } = useWording()
  return (
    <li>
      <span role="img" aria-label={t(`warehouses.outcome.${check.outcome}`)}>
        {ICONS[check.outcome]}
      </span>
      <div>
        {pick(check.words)} <code className="hf-faint">{check.name}</code>
        {check.remedy ? (
          <div className="hf-wiz-remedy">
            {pick(check.remedy)}
            {check.remedy.command ? (
              <ScriptBox script={check.remedy.command} label={pick(check.remedy)} />
            ) : null}
          </div>
        ) : null}
      </div>
    </li>
  )
}
