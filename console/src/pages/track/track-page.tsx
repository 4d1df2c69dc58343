import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Alert, Button, Form, Input } from 'antd'
import { useEffect } from 'react'
import { LanguageSwitch } from '#/app/switches.tsx'
import { useWording } from '#/i18n/language.tsx'
import { offsetOf } from '#/lib/time.ts'
import '#/styles/track.css'
import { askHub, type BuyerOrder, minutesToWait, type Question, type Trouble, troubleOf } from './ask-hub.ts'
import { ParcelCard } from './parcel-card.tsx'

/** What buyers see: open to anybody, outside the console's shell, and with nothing of it. */
export function TrackPage() {
  const { t } = useWording()
  const { order } = useSearch({ from: '/track' })
  const ask = useMutation({ mutationFn: askHub })
  useEffect(() => {
    document.title = t('track.title')
  }, [t])
  const asked = ask.variables
  return (
    <div className="hf-track">
      <header>
        <h1>{t('track.title')}</h1>
        <LanguageSwitch />
      </header>
      <main>
        {ask.data && asked ? (
          <Found
            orders={ask.data}
            busy={ask.isPending}
            onRefresh={() => ask.mutate(asked)}
            onAgain={() => ask.reset()}
          />
        ) : (
          <AskForm
            initial={{ orderNo: asked?.orderNo ?? order ?? '', phoneTail: asked?.phoneTail ?? '' }}
            busy={ask.isPending}
            trouble={ask.error ? troubleOf(ask.error) : null}
            minutes={minutesToWait(ask.error)}
            onAsk={(question) => ask.mutate(question)}
          />
        )}
      </main>
    </div>
  )
}

function AskForm({
  initial,
  busy,
  trouble,
  minutes,
  onAsk,
}: {
  readonly initial: Question
  readonly busy: boolean
  readonly trouble: Trouble | null
  readonly minutes: number
  readonly onAsk: (question: Question) => void
}) {
  const { t } = useWording()
  return (
    <section className="hf-track-card">
      <p className="hf-faint">{t('track.lead')}</p>
      {trouble === null ? null : (
        <Alert
          type={trouble === 'away' ? 'error' : 'warning'}
          showIcon
          role="alert"
          title={t(`track.problem.${trouble}`)}
          description={t(`track.problem.${trouble}Hint`, { n: minutes })}
        />
      )}
      <Form<Question>
        layout="vertical"
        requiredMark={false}
        size="large"
        initialValues={initial}
        onFinish={({ orderNo, phoneTail }) => onAsk({ orderNo: orderNo.trim(), phoneTail: phoneTail.trim() })}
      >
        <Form.Item
          name="orderNo"
          label={t('track.orderNo')}
          extra={t('track.orderNoHint')}
          rules={[{ required: true, min: 4, whitespace: true, message: t('track.orderNoShort') }]}
        >
          <Input maxLength={64} autoComplete="off" spellCheck={false} autoFocus={initial.orderNo === ''} />
        </Form.Item>
        <Form.Item
          name="phoneTail"
          label={t('track.phoneTail')}
          rules={[{ required: true, pattern: /^\s*\d{4}\s*$/, message: t('track.phoneTailBad') }]}
        >
          <Input
            maxLength={4}
            inputMode="numeric"
            autoComplete="off"
            autoFocus={initial.orderNo !== ''}
            className="hf-num"
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('track.ask')}
        </Button>
      </Form>
    </section>
  )
}

function Found({
  orders,
  busy,
  onRefresh,
  onAgain,
}: {
  readonly orders: readonly BuyerOrder[]
  readonly busy: boolean
  readonly onRefresh: () => void
  readonly onAgain: () => void
}) {
  const { t } = useWording()
  const at = orders.flatMap((order) => order.parcels.flatMap((one) => one.events)).find((one) => one.at)?.at
  const offset = at ? offsetOf(at) : ''
  return (
    <>
      {orders.map((order, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two shops may have the same number, and the list is never sorted anew
        <section key={n} aria-label={t('track.order', { no: order.orderNo })}>
          <div className="hf-track-order">
            <h2>{t('track.order', { no: order.orderNo })}</h2>
            {order.parcels.length > 1 ? (
              <span className="hf-faint">{t('track.parcels', { n: order.parcels.length })}</span>
            ) : null}
          </div>
          {order.parcels.length === 0 ? (
            <div className="hf-track-card hf-faint">
              {t(/cancel|closed/.test(order.status) ? 'track.cancelled' : 'track.none')}
            </div>
          ) : null}
          {order.parcels.map((parcel, i) => (
            <ParcelCard
              key={parcel.trackingNo}
              parcel={parcel}
              title={order.parcels.length > 1 ? t('track.parcel', { i: i + 1 }) : null}
            />
          ))}
        </section>
      ))}
      <div className="hf-track-foot">
        <Button loading={busy} onClick={onRefresh}>
          {t('track.refresh')}
        </Button>
        <Button type="link" onClick={onAgain}>
          {t('track.again')}
        </Button>
        {offset === '' ? null : <small className="hf-faint">{t('track.zone', { offset })}</small>}
      </div>
    </>
  )
}
