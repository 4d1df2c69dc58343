import { ApiOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Popconfirm, Skeleton } from 'antd'
import { write } from '#/api/client.ts'
import { type FeedSetup, feedsQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const TONES = { draft: 'neutral', dry_run: 'wait', live: 'good', paused: 'muted' } as const
const NUMBERS = { check: 3, mapping: 4, dry_run: 5, live: 6 } as const

/** What was begun and what is live, to go on with. */
export function FeedList({ onNew }: { readonly onNew: () => void }) {
  const { t } = useWording()
  const feeds = useQuery(feedsQuery)
  if (feeds.error) return <ProblemNotice error={feeds.error} onRetry={() => void feeds.refetch()} />
  if (feeds.isPending) return <Skeleton active />
  if (feeds.data.length === 0)
    return (
      <TeachingEmpty icon={<ApiOutlined />} title={t('warehouses.connect')} hint={t('warehouses.s2.lead')}>
        <SourceHints />
        <Button type="primary" onClick={onNew}>
          {t('warehouses.connect')}
        </Button>
      </TeachingEmpty>
    )
  return (
    <>
      <div className="hf-wh-bar">
        <Button type="primary" onClick={onNew}>
          {t('warehouses.wiz.new')}
        </Button>
      </div>
      <table className="hf-plain-table hf-wh-table" aria-label={t('warehouses.wiz.drafts')}>
        <tbody>
          {feeds.data.map((feed) => (
            <FeedLine key={feed.id} feed={feed} />
          ))}
        </tbody>
      </table>
    </>
  )
}

function SourceHints() {
  const { t } = useWording()
  return (
    <ul className="hf-wiz-hints">
      <li>{t('warehouses.s2.mysqlHint')}</li>
      <li>{t('warehouses.s2.redisHint')}</li>
      <li>{t('warehouses.s2.pushHint')}</li>
      <li>{t('warehouses.s2.fileHint')}</li>
    </ul>
  )
}

function FeedLine({ feed }: { readonly feed: FeedSetup }) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const drop = useMutation({
    mutationFn: () => write('DELETE', `/api/capture/setup/${feed.id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: feedsQuery.queryKey }),
  })
  const isDraft = feed.state === 'draft' || feed.state === 'dry_run'
  return (
    <tr>
      <td>
        <b>{feed.name}</b>
      </td>
      <td>{feed.connection?.name ?? t(`warehouses.source.${feed.sourceKind}`)}</td>
      <td>
        <code>{feed.mapping.table}</code>
      </td>
      <td>{feed.warehouses.map((one) => one.warehouse).join('、')}</td>
      <td>
        <Tag tone={TONES[feed.state]} dot>
          {t(`warehouses.state.${feed.state}`)}
        </Tag>{' '}
        {isDraft ? (
          <span className="hf-faint">
            {t('warehouses.wiz.stepNow', { n: NUMBERS[feed.step], name: t(`warehouses.step.${feed.step}`) })}
          </span>
        ) : null}
      </td>
      <td className="hf-faint">
        <TimeText at={feed.updatedAt} /> {feed.updatedBy}
      </td>
      <td className="hf-right hf-wh-actions">
        <Link to="/warehouses" search={{ tab: 'onboarding', open: feed.id }}>
          {t(isDraft ? 'warehouses.wiz.resume' : 'warehouses.wiz.open')}
        </Link>
        {isDraft ? (
          <Popconfirm title={t('warehouses.wiz.dropConfirm')} onConfirm={() => drop.mutate()}>
            <Button type="link" size="small" danger>
              {t('warehouses.wiz.drop')}
            </Button>
          </Popconfirm>
        ) : null}
      </td>
    </tr>
  )
}
