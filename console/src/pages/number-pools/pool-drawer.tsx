import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Button, Drawer, Input, Modal, Skeleton, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type {
  NumberApplication,
  NumberPool,
  NumberPoolDetail,
  NumberSegment,
} from '#/api/number-pool-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { AddSegmentsDialog } from './add-segments-dialog.tsx'
import { ApplicationTag, LeftText, StandingTag } from './pool-parts.tsx'
import { SettingsDialog } from './settings-dialog.tsx'

/** One pool: what is left, how it goes, its segments or balances, and what was asked for. */
export function PoolDrawer({
  id,
  onClose,
  onChanged,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['number-pool', id],
    queryFn: ({ signal }) => get<NumberPoolDetail>(`/api/number-pools/${id}`, {}, signal),
    refetchInterval: 10_000,
  })
  const changed = () => {
    void refetch()
    onChanged()
  }
  return (
    <Drawer
      open
      size={760}
      className="hf-drawer"
      onClose={onClose}
      title={data?.pool.account ?? t('numberPools.title')}
      extra={data ? <StandingTag pool={data.pool} /> : null}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? (
        <>
          <Head pool={data.pool} />
          <Actions pool={data.pool} onChanged={changed} />
          <Section title={t('numberPools.section.use')}>
            <HourBars hours={data.hours} />
          </Section>
          {data.pool.kind === 'segment' ? (
            <Section title={t('numberPools.section.segments')}>
              <Segments rows={data.segments} onChanged={changed} />
            </Section>
          ) : (
            <Section title={t('numberPools.section.balances')}>
              <Balances rows={data.balances} />
            </Section>
          )}
          <Section title={t('numberPools.section.applications')}>
            <Applications rows={data.applications} onChanged={changed} />
          </Section>
        </>
      ) : null}
    </Drawer>
  )
}

function Head({ pool }: { readonly pool: NumberPool }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  return (
    <>
      <Facts
        items={[
          [t('numberPools.col.left'), <LeftText key="left" pool={pool} />],
          [
            t('numberPools.col.rate'),
            <span key="rate" className="hf-num">
              {pool.perHour.toFixed(1)}
            </span>,
          ],
          [
            t('numberPools.col.hours'),
            pool.hoursLeft === null ? '–' : t('numberPools.hours', { hours: pool.hoursLeft.toFixed(1) }),
          ],
          [t('numberPools.col.kind'), `${pool.carrier} · ${t(`numberPools.kind.${pool.kind}`)}`],
          [t('numberPools.col.over'), pool.failOverTo?.account ?? t('numberPools.none')],
          [t('numberPools.set.refill'), t(`numberPools.refill.${pool.refill}`)],
        ]}
      />
      <p className="hf-faint">
        {t('numberPools.threshold', { numbers: pool.threshold, hours: pool.thresholdHours })}
      </p>
      {pool.askFailure ? (
        <p className="hf-text-bad">
          {refusal(pool.askFailure.code, pool.askFailure.detail)} <TimeText at={pool.askFailure.since} />
        </p>
      ) : null}
    </>
  )
}

function Actions({ pool, onChanged }: { readonly pool: NumberPool; readonly onChanged: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const may = useCan()('parcels:write')
  const [dialog, setDialog] = useState<'add' | 'settings' | null>(null)
  const ask = useMutation({
    mutationFn: () => write<{ left: number | null }>('POST', `/api/number-pools/${pool.accountId}/ask`, {}),
    onError: fail,
    onSuccess: ({ left }) => {
      void message.success(t('numberPools.asked', { left: left ?? t('numberPools.bal.unlimited') }))
      onChanged()
    },
  })
  const apply = useMutation({
    mutationFn: () => write('POST', `/api/number-pools/${pool.accountId}/applications`, {}),
    onError: fail,
    onSuccess: () => {
      void message.success(t('numberPools.applied'))
      onChanged()
    },
  })
  if (!may) return null
  const close = () => setDialog(null)
  return (
    <div className="hf-page-actions" style={{ margin: '12px 0' }}>
      {pool.kind === 'segment' ? (
        <Button type="primary" onClick={() => setDialog('add')}>
          {t('numberPools.addSegment')}
        </Button>
      ) : (
        <Button type="primary" loading={ask.isPending} onClick={() => ask.mutate()}>
          {t('numberPools.ask')}
        </Button>
      )}
      <Button
        title={t('numberPools.applyHint')}
        disabled={pool.application !== null}
        loading={apply.isPending}
        onClick={() => apply.mutate()}
      >
        {t('numberPools.apply')}
      </Button>
      <Button onClick={() => setDialog('settings')}>{t('numberPools.settings')}</Button>
      {dialog === 'add' ? <AddSegmentsDialog pool={pool} onClose={close} onDone={onChanged} /> : null}
      {dialog === 'settings' ? <SettingsDialog pool={pool} onClose={close} onDone={onChanged} /> : null}
    </div>
  )
}

/** Bars of the last 24 hours, the latest on the right; the figures are in each bar's title. */
function HourBars({ hours }: { readonly hours: readonly number[] }) {
  const most = Math.max(1, ...hours)
  const bars = hours.map((count, ago) => ({ ago, count })).reverse()
  return (
    <svg
      viewBox="0 0 240 40"
      width="100%"
      height="56"
      preserveAspectRatio="none"
      role="img"
      aria-label={hours.join(' ')}
    >
      {bars.map(({ ago, count }, at) => {
        const height = count === 0 ? 1 : Math.max(2, (count / most) * 38)
        return (
          <rect
            key={ago}
            x={at * 10 + 1}
            y={40 - height}
            width={8}
            height={height}
            fill="currentColor"
            opacity={count === 0 ? 0.15 : 0.6}
          >
            <title>{`-${ago + 1} h: ${count}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}

function Segments({
  rows,
  onChanged,
}: {
  readonly rows: readonly NumberSegment[]
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const may = useCan()('parcels:write')
  const [ending, setEnding] = useState<NumberSegment | null>(null)
  const [reason, setReason] = useState('')
  const retire = useMutation({
    mutationFn: (id: string) => write('POST', `/api/number-pools/segments/${id}/retire`, { reason }),
    onError: fail,
    onSuccess: () => {
      void message.success(t('numberPools.retired'))
      setEnding(null)
      setReason('')
      onChanged()
    },
  })
  return (
    <>
      <Table<NumberSegment>
        size="small"
        rowKey="id"
        dataSource={[...rows]}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: t('numberPools.seg.none') }}
        columns={[
          {
            title: t('numberPools.seg.range'),
            render: (_, row) => (
              <span className="hf-num" title={row.note}>
                {row.from} – {row.to}
              </span>
            ),
          },
          {
            title: t('numberPools.seg.next'),
            render: (_, row) => <span className="hf-num">{row.next ?? '–'}</span>,
          },
          {
            title: t('numberPools.seg.left'),
            align: 'right',
            render: (_, row) => <span className="hf-num">{`${row.left} / ${row.size}`}</span>,
          },
          {
            title: t('numberPools.seg.state'),
            render: (_, row) => (
              <Tag tone={row.state === 'active' ? 'good' : 'muted'}>
                {t(`numberPools.segState.${row.state}`)}
              </Tag>
            ),
          },
          {
            title: t('numberPools.seg.added'),
            render: (_, row) => (
              <>
                <TimeText at={row.addedAt} /> <span className="hf-faint">{row.addedBy}</span>
              </>
            ),
          },
          {
            title: '',
            render: (_, row) =>
              may && row.state === 'active' ? (
                <Button size="small" type="text" danger onClick={() => setEnding(row)}>
                  {t('numberPools.retire')}
                </Button>
              ) : null,
          },
        ]}
      />
      <Modal
        open={ending !== null}
        title={t('numberPools.retireTitle')}
        okText={t('numberPools.retire')}
        cancelText={t('common.cancel')}
        okButtonProps={{ danger: true, disabled: reason.trim().length < 3, loading: retire.isPending }}
        onOk={() => ending && retire.mutate(ending.id)}
        onCancel={() => setEnding(null)}
      >
        <p className="hf-num">{ending ? `${ending.from} – ${ending.to}` : ''}</p>
        <p>{t('numberPools.retireHint')}</p>
        <Input
          value={reason}
          maxLength={300}
          aria-label={t('numberPools.reason')}
          placeholder={t('numberPools.reason')}
          onChange={(event) => setReason(event.target.value)}
        />
      </Modal>
    </>
  )
}

function Balances({ rows }: { readonly rows: NumberPoolDetail['balances'] }) {
  const { t } = useWording()
  return (
    <Table
      size="small"
      rowKey="at"
      dataSource={[...rows]}
      pagination={false}
      locale={{ emptyText: t('numberPools.bal.none') }}
      columns={[
        { title: t('numberPools.bal.at'), render: (_, row) => <TimeText at={row.at} /> },
        {
          title: t('numberPools.bal.left'),
          align: 'right',
          render: (_, row) => <b className="hf-num">{row.left ?? t('numberPools.bal.unlimited')}</b>,
        },
        {
          title: t('numberPools.bal.reckoned'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.reckoned ?? '–'}</span>,
        },
      ]}
    />
  )
}

function Applications({
  rows,
  onChanged,
}: {
  readonly rows: readonly NumberApplication[]
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusal = useRefusalText()
  const may = useCan()('parcels:write')
  const close = useMutation({
    mutationFn: (id: string) => write('POST', `/api/number-pools/applications/${id}/close`, {}),
    onError: fail,
    onSuccess: () => {
      void message.success(t('numberPools.app.closed'))
      onChanged()
    },
  })
  return (
    <Table<NumberApplication>
      size="small"
      rowKey="id"
      dataSource={[...rows]}
      pagination={false}
      locale={{ emptyText: t('numberPools.app.none') }}
      columns={[
        { title: t('numberPools.app.at'), render: (_, row) => <TimeText at={row.askedAt} /> },
        {
          title: t('numberPools.app.wanted'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.wanted}</span>,
        },
        { title: t('numberPools.app.because'), render: (_, row) => t(`numberPools.because.${row.because}`) },
        { title: t('numberPools.app.state'), render: (_, row) => <ApplicationTag state={row.state} /> },
        {
          title: t('numberPools.app.words'),
          render: (_, row) =>
            row.code === null ? (
              <span className="hf-faint">{row.detail ?? row.note}</span>
            ) : (
              refusal(row.code, row.detail ?? '')
            ),
        },
        {
          title: '',
          render: (_, row) =>
            may && row.endedAt === null ? (
              <Button size="small" type="text" onClick={() => close.mutate(row.id)}>
                {t('numberPools.app.close')}
              </Button>
            ) : null,
        },
      ]}
    />
  )
}
