import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Form, Input, Modal, Popconfirm, Skeleton, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { TransferAction, TransferDetail, TransferEvent, TransferLine } from '#/api/transfer-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { ReceiveDialog } from './receive-dialog.tsx'
import { StateTag, WayText } from './transfer-columns.tsx'

const PATHS: Readonly<Record<TransferAction, string>> = {
  dispatch: 'dispatch',
  receive: 'receive',
  close: 'close',
  cancel: 'cancel',
  turn_back: 'turn-back',
  retry: 'retry',
}

/** One transfer: its lines, how far it is, what may be done now, and everything that happened to it. */
export function TransferDrawer({
  id,
  onClose,
  onOpen,
  onChanged,
}: {
  readonly id: string
  readonly onClose: () => void
  readonly onOpen: (id: string) => void
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['transfer', id],
    queryFn: ({ signal }) => get<TransferDetail>(`/api/transfers/${id}`, {}, signal),
    refetchInterval: 5_000,
  })
  return (
    <Drawer
      open
      onClose={onClose}
      size={720}
      className="hf-drawer"
      title={data ? <span className="hf-num">{data.transferNo}</span> : t('transfers.title')}
      extra={data ? <StateTag row={data} /> : null}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active /> : null}
      {data ? (
        <>
          <Head row={data} onOpen={onOpen} />
          <Actions
            row={data}
            onChanged={() => {
              void refetch()
              onChanged()
            }}
          />
          <Section title={t('transfers.section.lines')}>
            <Lines lines={data.lines} />
          </Section>
          <Section title={t('transfers.section.events')}>
            <Events events={data.events} />
          </Section>
        </>
      ) : null}
    </Drawer>
  )
}

function Head({ row, onOpen }: { readonly row: TransferDetail; readonly onOpen: (id: string) => void }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const refusal = useRefusalText()
  const link = (text: string, act: () => void) => (
    <button type="button" className="hf-link-button hf-num" onClick={act}>
      {text}
    </button>
  )
  const { order, returnOf, returnedBy } = row
  return (
    <>
      {row.code === null ? null : (
        <p className="hf-transfer-why" role="alert">
          {t('transfers.why')}
          {refusal(row.code, row.words)}
          {row.nextTryAt ? (
            <>
              {' '}
              · {t('transfers.nextTry')} <TimeText at={row.nextTryAt} />
            </>
          ) : null}
        </p>
      )}
      <Facts
        items={[
          [t('transfers.col.way'), <WayText key="way" row={row} />],
          [t('transfers.col.reason'), row.reason],
          [t('transfers.col.instructedAt'), <FullTime key="at" at={row.instructedAt} />],
          [t('transfers.created_by'), row.createdBy],
          [t('transfers.col.lock'), row.lockMs === null ? '—' : t('transfers.ms', { n: row.lockMs })],
          [t('transfers.col.expectedAt'), row.expectedAt ? <FullTime key="exp" at={row.expectedAt} /> : '—'],
          ...(row.holdId === null
            ? []
            : [
                [
                  t('transfers.hold'),
                  <Link key="hold" to="/holds" search={{ hold: row.holdId }}>
                    {t('transfers.seeHold')}
                  </Link>,
                ] as const,
              ]),
          ...(order === null
            ? []
            : [[t('transfers.col.order'), link(order.orderNo, () => openOrder(order.id))] as const]),
          ...(returnOf === null
            ? []
            : [[t('transfers.returnOf'), link(returnOf.transferNo, () => onOpen(returnOf.id))] as const]),
          ...(returnedBy === null
            ? []
            : [[t('transfers.returnedBy'), link(t('transfers.seeHold'), () => onOpen(returnedBy))] as const]),
          ...(row.note === '' ? [] : [[t('transfers.form.note'), row.note] as const]),
        ]}
      />
    </>
  )
}

function Actions({ row, onChanged }: { readonly row: TransferDetail; readonly onChanged: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [asking, setAsking] = useState<'close' | 'cancel' | 'turn_back' | null>(null)
  const [receiving, setReceiving] = useState(false)
  // One key for each look at the transfer as it stands: a second click is the same step.
  const key = `console:${row.events[0]?.id ?? '0'}`
  const act = useMutation({
    mutationFn: ({ action, body }: { action: TransferAction; body: object }) =>
      write<TransferDetail>('POST', `/api/transfers/${row.id}/${PATHS[action]}`, {
        key: `${key}:${action}`,
        ...body,
      }),
    onError: fail,
    onSuccess: () => {
      void message.success(t('transfers.done'))
      setAsking(null)
      onChanged()
    },
  })
  if (!can('stock:write') || row.may.length === 0) return null
  const waits = row.lines.some((line) => line.waiting > 0)
  const may = (action: TransferAction) => row.may.includes(action) && (action !== 'dispatch' || waits)
  return (
    <div className="hf-inline hf-transfer-steps">
      {may('dispatch') ? (
        <Popconfirm
          title={t('transfers.dispatchAll')}
          description={t('transfers.dispatchHint')}
          okText={t('transfers.act.dispatch')}
          cancelText={t('common.cancel')}
          onConfirm={() => act.mutate({ action: 'dispatch', body: {} })}
        >
          <Button type="primary" loading={act.isPending}>
            {t('transfers.act.dispatch')}
          </Button>
        </Popconfirm>
      ) : null}
      {may('receive') ? (
        <Button type="primary" onClick={() => setReceiving(true)}>
          {t('transfers.act.receive')}
        </Button>
      ) : null}
      {may('retry') ? (
        <Button
          type="primary"
          loading={act.isPending}
          onClick={() => act.mutate({ action: 'retry', body: {} })}
        >
          {t('transfers.act.retry')}
        </Button>
      ) : null}
      {(['turn_back', 'close', 'cancel'] as const).filter(may).map((action) => (
        <Button key={action} onClick={() => setAsking(action)}>
          {t(`transfers.act.${action}`)}
        </Button>
      ))}
      {asking ? (
        <ReasonDialog
          action={asking}
          busy={act.isPending}
          onClose={() => setAsking(null)}
          onReason={(reason) => act.mutate({ action: asking, body: { reason } })}
        />
      ) : null}
      {receiving ? (
        <ReceiveDialog
          row={row}
          stepKey={`${key}:receive`}
          onClose={() => setReceiving(false)}
          onDone={() => {
            setReceiving(false)
            onChanged()
          }}
        />
      ) : null}
    </div>
  )
}

function ReasonDialog({
  action,
  busy,
  onClose,
  onReason,
}: {
  readonly action: 'close' | 'cancel' | 'turn_back'
  readonly busy: boolean
  readonly onClose: () => void
  readonly onReason: (reason: string) => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<{ reason: string }>()
  return (
    <Modal
      open
      title={t(`transfers.act.${action}`)}
      okText={t(`transfers.act.${action}`)}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: action !== 'turn_back', loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t(`transfers.ask.${action}`)}</p>
      <Form form={form} layout="vertical" onFinish={({ reason }) => onReason(reason)}>
        <Form.Item
          name="reason"
          label={t('transfers.form.reason')}
          rules={[{ required: true, min: 2, whitespace: true, message: t('transfers.form.needed') }]}
        >
          <Input maxLength={300} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}

function Lines({ lines }: { readonly lines: readonly TransferLine[] }) {
  const { t } = useWording()
  const number = (title: string, pick: (line: TransferLine) => number) => ({
    title,
    align: 'right' as const,
    width: 66,
    render: (_: unknown, line: TransferLine) => {
      const n = pick(line)
      return <span className={`hf-num ${n === 0 ? 'hf-faint' : ''}`}>{n}</span>
    },
  })
  return (
    <Table
      size="small"
      rowKey="line"
      pagination={lines.length > 50 ? { pageSize: 50 } : false}
      dataSource={[...lines]}
      columns={[
        {
          title: t('transfers.form.sku'),
          render: (_, line) => (
            <>
              <code>{line.sku}</code>
              {line.fromChannel || line.toChannel ? (
                <div className="hf-faint">
                  {line.fromChannel?.name ?? '—'} → {line.toChannel?.name ?? '—'}
                </div>
              ) : null}
            </>
          ),
        },
        number(t('transfers.form.quantity'), (line) => line.quantity),
        number(t('transfers.waiting'), (line) => line.waiting),
        number(t('transfers.left'), (line) => line.onTheWay),
        number(t('transfers.good'), (line) => line.received),
        number(t('transfers.damaged'), (line) => line.damaged),
        number(t('transfers.lost'), (line) => line.lost),
        number(t('transfers.returned'), (line) => line.returned),
      ]}
    />
  )
}

const TOLD = [
  'instructed',
  'locked',
  'flagged',
  'failed',
  'dispatched',
  'received',
  'short_closed',
  'cancelled',
  'turned_back',
  'tried_again',
  'lock_followed',
  'quota_moved',
] as const

function Events({ events }: { readonly events: readonly TransferEvent[] }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  return (
    <ol className="hf-transfer-events">
      {events.map((event) => {
        const kind = TOLD.find((one) => one === event.kind)
        const { reason, note, code, words } = event.detail
        const told = code
          ? refusal(String(code), String(words ?? ''))
          : [reason, note].filter(Boolean).join(' · ')
        return (
          <li key={event.id}>
            <TimeText at={event.at} />
            <span>
              <b>{kind ? t(`transfers.event.${kind}`) : event.kind}</b> <Moved event={event} />{' '}
              <span className="hf-faint">
                {event.actor}
                {told ? ` · ${told}` : ''}
              </span>
            </span>
          </li>
        )
      })}
    </ol>
  )
}

type Moved = {
  readonly line: number
  readonly sku?: string
  readonly quantity?: number
  readonly good?: number
  readonly damaged?: number
  readonly lost?: number
}

/** The pieces of a step, in a few words. */
function Moved({ event }: { readonly event: TransferEvent }) {
  const { t } = useWording()
  const { lines } = event.detail
  if (!Array.isArray(lines)) return null
  const moved = lines as readonly Moved[]
  const sum = (pick: (one: Moved) => number | undefined) =>
    moved.reduce((all, one) => all + (pick(one) ?? 0), 0)
  const parts = [
    ['good', sum((one) => one.good ?? one.quantity)],
    ['damaged', sum((one) => one.damaged)],
    ['lost', sum((one) => one.lost)],
  ] as const
  const received = event.kind === 'received'
  return (
    <span className="hf-num">
      {received
        ? parts.flatMap(([name, n]) => (n > 0 ? [`${t(`transfers.${name}`)} ${n}`] : [])).join(' · ')
        : parts[0][1]}
    </span>
  )
}
