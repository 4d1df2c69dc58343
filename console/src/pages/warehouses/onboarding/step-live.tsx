import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Radio } from 'antd'
import { useEffect } from 'react'
import { write } from '#/api/client.ts'
import {
  type FeedSetup,
  feedQuery,
  feedsQuery,
  SKUS_COUNTED,
  warehousesQuery,
} from '#/api/warehouse-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useWarehouses } from '../use-warehouses.ts'

/** The last step, and the place to see that it works. */
export function LiveStep({ feed, onBack }: { readonly feed: FeedSetup; readonly onBack: () => void }) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: feedsQuery.queryKey }),
      client.invalidateQueries({ queryKey: warehousesQuery.queryKey }),
    ])
  const choose = useMutation({
    mutationFn: (change: Partial<Pick<FeedSetup, 'onDrift' | 'onUnknownSku'>>) =>
      write<FeedSetup>('PATCH', `/api/capture/setup/${feed.id}`, change),
    onError: fail,
    onSuccess: (saved) => client.setQueryData(feedQuery(feed.id).queryKey, saved),
  })
  const go = useMutation({
    mutationFn: () => write<FeedSetup>('POST', `/api/capture/setup/${feed.id}/live`),
    onError: fail,
    onSuccess: async (saved) => {
      client.setQueryData(feedQuery(feed.id).queryKey, saved)
      await again()
    },
  })
  const isLive = feed.state === 'live'
  return (
    <>
      {isLive ? (
        <Alert
          type="success"
          showIcon
          title={t('warehouses.s6.live')}
          description={t('warehouses.s6.liveLead')}
        />
      ) : (
        <p>{t('warehouses.s6.lead')}</p>
      )}
      <div className="hf-wiz-choices">
        <Choice
          name="onDrift"
          values={['ask', 'accept']}
          value={feed.onDrift}
          onChoose={(onDrift) => choose.mutate({ onDrift: onDrift as FeedSetup['onDrift'] })}
        />
        <Choice
          name="onUnknown"
          values={['create', 'ask', 'ignore']}
          value={feed.onUnknownSku}
          onChoose={(one) => choose.mutate({ onUnknownSku: one as FeedSetup['onUnknownSku'] })}
        />
      </div>
      {isLive ? <LiveFigures feed={feed} /> : null}
      <div className="hf-wiz-foot">
        <Button onClick={onBack}>{t('warehouses.wiz.back')}</Button>
        {isLive ? (
          <>
            <Link to="/stock">{t('warehouses.s6.seeStock')}</Link>
            <Link to="/warehouses" search={{ tab: 'capture' }}>
              {t('warehouses.s6.seeCapture')}
            </Link>
          </>
        ) : (
          <Button type="primary" loading={go.isPending} onClick={() => go.mutate()}>
            {t('warehouses.s6.go')}
          </Button>
        )}
      </div>
    </>
  )
}

function Choice({
  name,
  values,
  value,
  onChoose,
}: {
  readonly name: 'onDrift' | 'onUnknown'
  readonly values: readonly string[]
  readonly value: string
  readonly onChoose: (value: string) => void
}) {
  const { t } = useWording()
  return (
    <fieldset>
      <legend className="hf-small-head">{t(`warehouses.s6.${name}`)}</legend>
      <Radio.Group
        vertical
        value={value}
        onChange={(event) => onChoose(String(event.target.value))}
        options={values.map((one) => ({ value: one, label: t(`warehouses.s6.${name}.${one}` as TextKey) }))}
      />
    </fieldset>
  )
}

const KNOWN = ['stopped', 'connecting', 'snapshot', 'comparing', 'following', 'waiting', 'blocked'] as const
const TONES = {
  stopped: 'muted',
  connecting: 'wait',
  snapshot: 'move',
  comparing: 'move',
  following: 'good',
  waiting: 'wait',
  blocked: 'bad',
} as const

function LiveFigures({ feed }: { readonly feed: FeedSetup }) {
  const { t, count, pick } = useWording()
  const client = useQueryClient()
  const warehouses = useWarehouses().data ?? []
  const homes = new Set(feed.warehouses.map((one) => one.warehouse))
  const { running } = feed
  const status = KNOWN.find((one) => one === running.status) ?? 'stopped'
  useEffect(() => {
    const timer = setInterval(
      () => void client.invalidateQueries({ queryKey: warehousesQuery.queryKey }),
      3_000,
    )
    return () => clearInterval(timer)
  }, [client])
  const plain = feed.sourceKind !== 'connection'
  return (
    <>
      <dl className="hf-wiz-tiles">
        {plain ? null : (
          <div>
            <dt>{t('warehouses.s6.status')}</dt>
            <dd>
              <Tag tone={TONES[status]} dot>
                {t(`warehouses.status.${status}`)}
              </Tag>
            </dd>
            <dd className="hf-faint">{pick(running.words)}</dd>
          </div>
        )}
        <div>
          <dt>{t('warehouses.s6.snapshot')}</dt>
          <dd className="hf-num">{t('warehouses.s6.snapshotRows', { n: running.snapshotRows })}</dd>
        </div>
        <div>
          <dt>{t('warehouses.s6.changes')}</dt>
          <dd className="hf-num">{count(running.changes)}</dd>
        </div>
        <div>
          <dt>{t('warehouses.s6.lag')}</dt>
          <dd className="hf-num">
            {running.lagMs === null
              ? t('warehouses.s6.nothing')
              : t('lockHealth.ms', { n: Math.round(running.lagMs) })}
          </dd>
        </div>
      </dl>
      <table className="hf-plain-table hf-wiz-list">
        <thead>
          <tr>
            <th scope="col">{t('warehouses.title')}</th>
            <th scope="col" className="hf-right">
              {t('warehouses.s6.skus')}
            </th>
          </tr>
        </thead>
        <tbody>
          {warehouses
            .filter((one) => homes.has(one.code))
            .map((one) => (
              <tr key={one.code}>
                <td>
                  <code>{one.code}</code> {one.name}
                </td>
                <td className="hf-right hf-num" data-testid={`skus-${one.code}`}>
                  {one.skus > SKUS_COUNTED ? `${count(SKUS_COUNTED)}+` : count(one.skus)}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  )
}
