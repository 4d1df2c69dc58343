import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Drawer, Form, Input, InputNumber, Modal, Select, Skeleton } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { accountsQuery, type Waybill, type WaybillDetail, type WaybillEvent } from '#/api/waybill-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { CarrierName, useCarrierName } from '#/parts/carrier-name.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'
import { WarehouseName } from '#/parts/warehouse-name.tsx'
import { useWaybillWhy, WaybillTag } from './waybill-columns.tsx'

type Act = 'retry' | 'cancel' | 'renew' | 'give_up'
const PATH: Readonly<Record<Act, string>> = {
  retry: 'retry',
  cancel: 'cancel',
  renew: 'renew',
  give_up: 'give-up',
}

/** One waybill: what it is, why it stands where it stands, what may be done, and all that happened to it. */
export function WaybillDrawer({
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
    queryKey: ['waybill', id],
    queryFn: ({ signal }) => get<WaybillDetail>(`/api/waybills/${id}`, {}, signal),
    refetchInterval: 3_000,
  })
  const row = data?.waybill
  return (
    <Drawer
      open
      onClose={onClose}
      size={720}
      className="hf-drawer"
      title={row ? <span className="hf-num">{row.trackingNo ?? row.reference}</span> : t('waybills.title')}
      extra={row ? <WaybillTag state={row.state} /> : null}
    >
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!row && !error ? <Skeleton active /> : null}
      {data && row ? (
        <>
          <Head row={row} />
          <Actions
            row={row}
            onDone={(next) => {
              void refetch()
              onChanged()
              if (next !== row.id) onOpen(next)
            }}
          />
          <Section title={t('waybills.history')}>
            <History events={data.events} />
          </Section>
        </>
      ) : null}
    </Drawer>
  )
}

function Head({ row }: { readonly row: Waybill }) {
  const { t } = useWording()
  const { openOrder } = useOverlay()
  const why = useWaybillWhy()(row)
  const orders = (
    <span key="orders" className="hf-inline">
      <button type="button" className="hf-link-button hf-num" onClick={() => openOrder(row.orderId)}>
        {row.orderNos.join(' · ')}
      </button>
    </span>
  )
  const { trackingNo, printedAt, issuedAt } = row
  return (
    <>
      {why === '' ? null : (
        <p className="hf-transfer-why" role="alert">
          {why}
        </p>
      )}
      <Facts
        items={[
          [t('waybills.col.orders'), orders],
          ...(trackingNo === null
            ? []
            : [
                [
                  t('waybills.col.trackingNo'),
                  <span key="no" className="hf-inline">
                    <span className="hf-num">{trackingNo}</span>
                    <Link to="/parcels" search={{ open: trackingNo }} preload={false}>
                      {t('waybills.track')}
                    </Link>
                    <Link to="/labels" search={{ q: trackingNo }} preload={false}>
                      {t('waybills.printNow')}
                    </Link>
                  </span>,
                ] as const,
              ]),
          ...(row.childNos.length === 0
            ? []
            : [[t('waybills.children'), <code key="c">{row.childNos.join(' ')}</code>] as const]),
          [
            t('waybills.col.carrier'),
            row.carrier === null ? '—' : <CarrierName key="carrier" code={row.carrier} />,
          ],
          [t('waybills.col.account'), row.accountName ?? '—'],
          [t('waybills.because'), row.because || '—'],
          ...(row.service === null ? [] : [[t('waybills.service'), row.service] as const]),
          [
            t('waybills.col.warehouse'),
            row.warehouse === null ? '—' : <WarehouseName key="w" code={row.warehouse} />,
          ],
          [t('waybills.document'), t(`waybills.document.${row.document ?? 'none'}`)],
          [t('waybills.reference'), <code key="ref">{row.reference}</code>],
          [t('waybills.attempts'), String(row.attempts)],
          [t('waybills.col.wantedAt'), <FullTime key="wanted" at={row.wantedAt} />],
          ...(issuedAt === null
            ? []
            : [[t('waybills.col.issuedAt'), <FullTime key="issued" at={issuedAt} />] as const]),
          ...(printedAt === null
            ? []
            : [[t('waybills.col.printedAt'), <FullTime key="printed" at={printedAt} />] as const]),
        ]}
      />
    </>
  )
}

function Actions({ row, onDone }: { readonly row: Waybill; readonly onDone: (next: string) => void }) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [asking, setAsking] = useState<Act | null>(null)
  const act = useMutation({
    mutationFn: ({ what, body }: { what: Act; body: object }) =>
      write<WaybillDetail>('POST', `/api/waybills/${row.id}/${PATH[what]}`, body),
    onError: fail,
    onSuccess: ({ waybill }) => {
      void message.success(t('waybills.done'))
      setAsking(null)
      onDone(waybill.id)
    },
  })
  if (!can('parcels:write')) return null
  const may: readonly Act[] =
    row.state === 'review'
      ? ['retry', 'renew', 'give_up']
      : row.state === 'issued'
        ? ['renew', 'cancel']
        : row.state === 'wanted' || row.state === 'asking'
          ? ['retry', 'cancel']
          : []
  if (may.length === 0) return null
  return (
    <div className="hf-inline hf-transfer-steps">
      {may.map((what, i) => (
        <Button
          key={what}
          type={i === 0 && row.state === 'review' ? 'primary' : 'default'}
          onClick={() => setAsking(what)}
        >
          {t(`waybills.${what}`)}
        </Button>
      ))}
      {asking ? (
        <ActDialog
          what={asking}
          busy={act.isPending}
          onClose={() => setAsking(null)}
          onSend={(body) => act.mutate({ what: asking, body })}
        />
      ) : null}
    </div>
  )
}

type ActValues = { readonly reason?: string; readonly accountId?: string; readonly pieces?: number }

function ActDialog({
  what,
  busy,
  onClose,
  onSend,
}: {
  readonly what: Act
  readonly busy: boolean
  readonly onClose: () => void
  readonly onSend: (body: object) => void
}) {
  const { t } = useWording()
  const name = useCarrierName()
  const [form] = Form.useForm<ActValues>()
  const accounts = (useQuery(accountsQuery).data ?? []).filter((one) => one.active)
  const send = ({ reason, accountId, pieces }: ActValues) =>
    onSend({
      ...(what === 'retry' ? { pieces: pieces ?? null } : { reason: reason?.trim() ?? '' }),
      ...(what === 'retry' || what === 'renew' ? { accountId: accountId ?? null } : {}),
    })
  return (
    <Modal
      open
      title={t(`waybills.${what}`)}
      okText={t(`waybills.${what}`)}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: what === 'cancel' || what === 'give_up', loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {what === 'retry' ? null : <p className="hf-faint">{t(`waybills.${what}Hint`)}</p>}
      <Form form={form} layout="vertical" onFinish={send}>
        {what === 'retry' || what === 'renew' ? (
          <Form.Item name="accountId" label={t('waybills.account')}>
            <Select
              allowClear
              placeholder={t('waybills.accountAuto')}
              options={accounts.map((one) => ({
                value: one.id,
                label: `${one.name} · ${name(one.carrier)}`,
              }))}
            />
          </Form.Item>
        ) : null}
        {what === 'retry' ? (
          <Form.Item name="pieces" label={t('waybills.pieces')}>
            <InputNumber min={1} max={50} precision={0} placeholder="1" style={{ width: '100%' }} />
          </Form.Item>
        ) : (
          <Form.Item
            name="reason"
            label={t('waybills.reason')}
            rules={[{ required: true, min: 2, whitespace: true, message: t('waybills.reasonShort') }]}
          >
            <Input maxLength={300} autoFocus />
          </Form.Item>
        )}
      </Form>
    </Modal>
  )
}

const KNOWN = new Set([
  'wanted',
  'review',
  'refused',
  'unknown',
  'issued',
  'printed',
  'retried',
  'cancelling',
  'cancelled',
  'cancel_refused',
  'renew_refused',
  'void',
])

function History({ events }: { readonly events: readonly WaybillEvent[] }) {
  const { t } = useWording()
  return (
    <ol className="hf-waybill-history">
      {events.map((event) => (
        <li key={event.id}>
          <span className="hf-history-when">
            <TimeText at={event.at} />
          </span>
          <span>
            <strong>
              {KNOWN.has(event.what) ? t(`waybills.event.${event.what}` as TextKey) : event.what}
            </strong>{' '}
            {event.words}
          </span>
          <span className="hf-faint">{event.actor}</span>
        </li>
      ))}
    </ol>
  )
}
