import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Drawer, Form, InputNumber, Popconfirm, Segmented, Select } from 'antd'
import { useState } from 'react'
import { LANE_CLASSES, type LaneConfig } from '#/api/backlog-types.ts'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { type LaneRow, laneTitle, rateText, ToEmpty } from './lane-table.tsx'
import { historyQuery } from './queries.ts'
import { Sparkline } from './sparkline.tsx'

/** One lane: what waits and waited in it, how it runs, and which connections are in it. Changes hold within a second. */
export function LaneDrawer({
  lane,
  all,
  onClose,
}: {
  readonly lane: LaneRow
  readonly all: readonly LaneRow[]
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const canWrite = useCan()('connections:write')
  const title = laneTitle(lane)
  return (
    <Drawer
      open
      onClose={onClose}
      size={600}
      className="hf-drawer"
      title={title}
      extra={title === lane.name ? null : <code className="hf-faint">{lane.name}</code>}
    >
      <div className="hf-order">
        <Now lane={lane} />
        <History subject={`lane:${lane.name}`} limit={lane.alarmDepth} />
        <Section title={t('lanes.drawer.settings')}>
          <LaneForm key={JSON.stringify(configOf(lane))} lane={lane} canWrite={canWrite} />
        </Section>
        <Section title={t('lanes.drawer.connections')}>
          <Connections lane={lane} all={all} canWrite={canWrite} />
        </Section>
      </div>
    </Drawer>
  )
}

function Now({ lane }: { readonly lane: LaneRow }) {
  const { t, count, duration } = useWording()
  const { backlog } = lane
  return (
    <Facts
      items={[
        [t('lanes.col.depth'), `${count(backlog?.depth ?? 0)}${backlog?.capped ? '+' : ''}`],
        [
          t('lanes.col.oldest'),
          backlog?.oldestSeconds == null ? '—' : duration(Math.round(backlog.oldestSeconds)),
        ],
        [
          t('lanes.col.rates'),
          `${rateText(backlog?.arrivalPerSecond ?? 0)} / ${rateText(backlog?.drainPerSecond ?? 0)}`,
        ],
        [
          t('lanes.col.empty'),
          <ToEmpty
            key="e"
            depth={backlog?.depth ?? 0}
            seconds={backlog?.secondsToEmpty}
            limit={lane.alarmDepth}
          />,
        ],
        [t('lanes.col.dead'), count(backlog?.dead ?? 0)],
      ]}
    />
  )
}

const HOURS = [1, 6, 24] as const

function History({ subject, limit }: { readonly subject: string; readonly limit: number }) {
  const { t, count } = useWording()
  const [hours, setHours] = useState<number>(1)
  const { data, error, refetch } = useQuery(historyQuery(subject, hours))
  const items = data?.items ?? []
  const most = Math.max(0, ...items.map((item) => item.depth))
  return (
    <Section
      title={t('lanes.drawer.history')}
      extra={
        <Segmented
          size="small"
          value={hours}
          onChange={setHours}
          options={HOURS.map((value) => ({ value, label: t('lanes.hours', { n: value }) }))}
        />
      }
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      <div className="hf-lane-chart">
        <Sparkline
          values={items.map((item) => item.depth)}
          limit={limit}
          width={540}
          height={120}
          label={t('lanes.recentLabel', { n: most })}
        />
        <p className="hf-lane-chart-foot hf-faint">
          <TimeText at={items[0]?.at} />
          <span>
            {items.length < 2 ? t('lanes.drawer.noHistory') : t('lanes.drawer.most', { n: count(most) })}
          </span>
          <TimeText at={items.at(-1)?.at} />
        </p>
      </div>
    </Section>
  )
}

function configOf({ class: laneClass, weight, concurrency, depthLimit, alarmDepth }: LaneRow): LaneConfig {
  return { class: laneClass, weight, concurrency, depthLimit, alarmDepth }
}

function useLaneChange(done: string) {
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: ({ method, path, body }: { method: 'PUT' | 'DELETE'; path: string; body?: unknown }) =>
      write<unknown>(method, path, body),
    onError: fail,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['lanes'] })
      void client.invalidateQueries({ queryKey: ['backlog'] })
      void message.success(done)
    },
  })
}

function LaneForm({ lane, canWrite }: { readonly lane: LaneRow; readonly canWrite: boolean }) {
  const { t } = useWording()
  const save = useLaneChange(t('lanes.saved'))
  const path = `/api/lanes/${encodeURIComponent(lane.name)}`
  const numbers = [
    ['weight', 1, 100],
    ['concurrency', 1, 32],
    ['alarmDepth', 1, 10_000_000],
    ['depthLimit', 100, 10_000_000],
  ] as const
  return (
    <Form<LaneConfig>
      layout="vertical"
      disabled={!canWrite}
      initialValues={configOf(lane)}
      onFinish={(body) => save.mutate({ method: 'PUT', path, body })}
    >
      <div className="hf-lane-form">
        <Form.Item
          name="class"
          label={t('lanes.col.class')}
          extra={t('lanes.classHint')}
          className="hf-lane-wide"
        >
          <Segmented options={LANE_CLASSES.map((value) => ({ value, label: t(`lanes.class.${value}`) }))} />
        </Form.Item>
        {numbers.map(([name, min, max]) => (
          <Form.Item
            key={name}
            name={name}
            label={t(`lanes.form.${name}`)}
            extra={t(`lanes.form.${name}Hint`)}
            rules={[{ required: true, message: t('lanes.form.range', { min, max }) }]}
          >
            <InputNumber min={min} max={max} precision={0} style={{ width: '100%' }} />
          </Form.Item>
        ))}
      </div>
      {canWrite ? (
        <span className="hf-inline">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
          {lane.own ? (
            <Popconfirm
              title={t('lanes.resetConfirm')}
              okText={t('lanes.reset')}
              cancelText={t('common.cancel')}
              onConfirm={() => save.mutate({ method: 'DELETE', path })}
            >
              <Button>{t('lanes.reset')}</Button>
            </Popconfirm>
          ) : null}
          {lane.updatedBy ? (
            <span className="hf-faint">
              {t('lanes.changedBy', { name: lane.updatedBy })} <TimeText at={lane.updatedAt} />
            </span>
          ) : null}
        </span>
      ) : null}
    </Form>
  )
}

function Connections({
  lane,
  all,
  canWrite,
}: {
  readonly lane: LaneRow
  readonly all: readonly LaneRow[]
  readonly canWrite: boolean
}) {
  const { t } = useWording()
  const move = useLaneChange(t('lanes.moved'))
  const outside = all.flatMap((one) => (one.name === lane.name ? [] : one.connections))
  const put = (id: string, to: string | null) =>
    move.mutate({
      method: 'PUT',
      path: `/api/connections/${encodeURIComponent(id)}/lane`,
      body: { lane: to },
    })
  return (
    <>
      <p className="hf-faint">{t('lanes.drawer.connectionsHint')}</p>
      <ul className="hf-lane-moves">
        {lane.connections.map(({ id, name }) => (
          <li key={id}>
            <span>{name}</span>
            {canWrite ? (
              <Select
                aria-label={t('lanes.moveTo', { name })}
                style={{ width: 240 }}
                value={lane.name}
                loading={move.isPending}
                onChange={(to: string) => put(id, to === id ? null : to)}
                options={[
                  ...(lane.name === id ? [] : [{ value: id, label: t('lanes.ownLane') }]),
                  ...all
                    .map((one) => ({ value: one.name, label: laneTitle(one) }))
                    .filter(({ value }) => value !== id || lane.name === id),
                ]}
              />
            ) : null}
          </li>
        ))}
        {canWrite && outside.length > 0 ? (
          <li>
            <span className="hf-faint">{t('lanes.addHere')}</span>
            <Select
              aria-label={t('lanes.addHere')}
              style={{ width: 240 }}
              placeholder={t('lanes.chooseConnection')}
              value={null}
              loading={move.isPending}
              onChange={(id: string) => put(id, id === lane.name ? null : lane.name)}
              options={outside.map(({ id, name }) => ({ value: id, label: name }))}
            />
          </li>
        ) : null}
      </ul>
    </>
  )
}
