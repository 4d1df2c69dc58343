import { CloudSyncOutlined, UploadOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Popconfirm, Progress, Skeleton } from 'antd'
import { useState } from 'react'
import type { CaptureFeed, CaptureLag } from '#/api/capture-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { Sparkline } from '#/pages/lanes/sparkline.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import '#/styles/capture.css'
import '#/styles/lanes.css'
import type { Tone } from '#/theme/palette.ts'
import { FiguresDialog } from './figures-dialog.tsx'

const FEEDS = ['capture-feeds'] as const
/** Above this it is an alarm, unless the hub was told another limit. */
const LAG_LIMIT_MS = 10_000

/** How each warehouse's figures come in, and how far behind they are. */
export function CaptureTab() {
  const { t } = useWording()
  const can = useCan()
  const [uploading, setUploading] = useState(false)
  const feeds = useQuery({
    queryKey: FEEDS,
    queryFn: ({ signal }) => get<{ items: CaptureFeed[] }>('/api/capture/feeds', {}, signal),
    refetchInterval: 3_000,
  })
  const rows = feeds.data?.items ?? []
  return (
    <>
      {can('stock:write') ? (
        <div className="hf-wh-bar">
          <Button icon={<UploadOutlined />} onClick={() => setUploading(true)}>
            {t('capture.upload')}
          </Button>
        </div>
      ) : null}
      {feeds.error ? <ProblemNotice error={feeds.error} onRetry={() => void feeds.refetch()} /> : null}
      {feeds.isPending ? <Skeleton active paragraph={{ rows: 4 }} /> : null}
      {rows.length > 0 ? <FeedTable rows={rows} /> : null}
      {feeds.data && rows.length === 0 ? (
        <TeachingEmpty
          icon={<CloudSyncOutlined />}
          title={t('capture.empty.title')}
          hint={t('capture.empty.hint')}
        >
          <Link
            to="/warehouses"
            search={{ tab: 'onboarding' }}
            className="ant-btn ant-btn-primary hf-cap-wizard"
          >
            {t('capture.toWizard')}
          </Link>
        </TeachingEmpty>
      ) : null}
      {uploading ? <FiguresDialog onClose={() => setUploading(false)} /> : null}
    </>
  )
}

function FeedTable({ rows }: { readonly rows: readonly CaptureFeed[] }) {
  const { t } = useWording()
  return (
    <div className="hf-wh-scroll">
      <table className="hf-plain-table hf-cap-table">
        <thead>
          <tr>
            {(['feed', 'state', 'lag', 'position', 'changes'] as const).map((head) => (
              <th key={head} scope="col" className={head === 'changes' ? 'hf-right' : undefined}>
                {t(`capture.col.${head}`)}
              </th>
            ))}
            <th>{null}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((feed) => (
            <FeedLine key={feed.id} feed={feed} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function FeedLine({ feed }: { readonly feed: CaptureFeed }) {
  const { t, count, ago } = useWording()
  const { kind, name } = feed.source
  return (
    <tr>
      <td>
        <b>{feed.name}</b>
        <div className="hf-faint">
          {kind === 'connection'
            ? t('capture.source.connection', { name: name ?? feed.source.id, table: feed.table })
            : t(`capture.source.${kind}`)}
        </div>
      </td>
      <td>
        <FeedStatus feed={feed} />
      </td>
      <td>
        {feed.lag.map((one) => (
          <LagLine key={one.warehouse} lag={one} />
        ))}
      </td>
      <td className="hf-cap-position">
        {feed.position ? <code title={feed.position}>{shortPosition(feed.position)}</code> : null}
        {feed.seenAt && feed.state === 'live' ? (
          <div className="hf-faint">{t('capture.seen', { ago: ago(feed.seenAt) })}</div>
        ) : null}
      </td>
      <td className="hf-right">
        <span className="hf-num">{count(feed.changes)}</span>
        {feed.appliedAt ? (
          <div className="hf-faint">{t('capture.lastChange', { ago: ago(feed.appliedAt) })}</div>
        ) : null}
      </td>
      <td className="hf-right">
        <FeedActions feed={feed} />
      </td>
    </tr>
  )
}

const STATUS_TONES: Readonly<Record<CaptureFeed['status'], Tone>> = {
  stopped: 'bad',
  connecting: 'wait',
  snapshot: 'move',
  comparing: 'move',
  following: 'good',
  waiting: 'bad',
  blocked: 'bad',
}

function FeedStatus({ feed }: { readonly feed: CaptureFeed }) {
  const { t, pick, count } = useWording()
  const { snapshot, status } = feed
  const isRead = feed.source.kind === 'connection'
  const words = pick(feed.words)
  return (
    <div className="hf-cap-status">
      {feed.state === 'live' ? (
        <Tag tone={isRead ? STATUS_TONES[status] : 'good'} dot>
          {t(isRead ? `capture.status.${status}` : 'capture.status.live')}
        </Tag>
      ) : (
        <Tag tone="muted">
          {t(feed.state === 'paused' ? 'capture.status.paused' : 'capture.status.draft')}
        </Tag>
      )}
      {feed.openFindings > 0 ? (
        <Link to="/warehouses" search={{ tab: 'findings' }}>
          {t('capture.findings', { n: feed.openFindings })}
        </Link>
      ) : null}
      {snapshot.stage ? (
        <div>
          {snapshot.total ? (
            <Progress
              percent={Math.min(100, Math.floor((snapshot.rows / snapshot.total) * 100))}
              size="small"
              showInfo={false}
              aria-label={t('capture.resnapshot')}
            />
          ) : null}
          <span className="hf-faint">
            {snapshot.total
              ? t('capture.rowsOf', { rows: count(snapshot.rows), total: count(snapshot.total) })
              : t('capture.rows', { rows: count(snapshot.rows) })}
          </span>
        </div>
      ) : null}
      {words && !snapshot.stage ? <div className="hf-faint hf-cap-words">{words}</div> : null}
      {feed.gap ? (
        <div className="hf-bad-text hf-cap-words">{t('capture.gap', { words: pick(feed.gap.words) })}</div>
      ) : null}
      {feed.schemaChange ? (
        <div className="hf-bad-text hf-cap-words">
          {t('capture.schema', { words: pick(feed.schemaChange.words) })}
        </div>
      ) : null}
    </div>
  )
}

function LagLine({ lag }: { readonly lag: CaptureLag }) {
  const { t } = useWording()
  return (
    <div className="hf-cap-lag">
      <span className="hf-cap-home" title={lag.warehouse}>
        {lag.name}
      </span>
      <Sparkline
        values={lag.minutes.map((one) => one.mostMs)}
        limit={LAG_LIMIT_MS}
        label={t('capture.lagLabel', { name: lag.name })}
        width={96}
        height={20}
      />
      <span className="hf-faint hf-num">
        {lag.averageMs === null || lag.mostMs === null
          ? t('capture.noLag')
          : t('capture.lagOf', { average: msText(lag.averageMs), most: msText(lag.mostMs) })}
      </span>
    </div>
  )
}

function msText(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** What a person looks for in it: file and offset, or a stream's id; the whole text on hover. */
function shortPosition(position: string): string {
  const place = /"file":"([^"]+)".*?"offset":(\d+)/.exec(position)
  return place ? `${place[1]}:${place[2]}` : position.slice(0, 40)
}

function FeedActions({ feed }: { readonly feed: CaptureFeed }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const run = useMutation({
    mutationFn: (step: string) => write('POST', `/api/capture/feeds/${feed.id}/${step}`),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('capture.done'))
      await client.invalidateQueries({ queryKey: FEEDS })
    },
  })
  if (!can('stock:write')) return null
  const asking = (step: 'pause' | 'resnapshot' | 'gapSeen', path: string) => (
    <Popconfirm
      title={t(`capture.${step}`)}
      description={<div className="hf-cap-ask">{t(`capture.${step}Hint`)}</div>}
      okText={t(`capture.${step}`)}
      cancelText={t('common.cancel')}
      onConfirm={() => run.mutate(path)}
    >
      <Button size="small" type="text">
        {t(`capture.${step}`)}
      </Button>
    </Popconfirm>
  )
  return (
    <div className="hf-cap-actions">
      {feed.gap && feed.state === 'live' ? asking('gapSeen', 'gap-seen') : null}
      {feed.state === 'live' && feed.source.kind === 'connection' ? asking('resnapshot', 'resnapshot') : null}
      {feed.state === 'live' ? asking('pause', 'pause') : null}
      {feed.state === 'paused' ? (
        <Button size="small" type="text" onClick={() => run.mutate('resume')}>
          {t('capture.resume')}
        </Button>
      ) : null}
    </div>
  )
}
