import { SyncOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { get, write } from '#/api/client.ts'
import type { OrderAsks as Asks } from '#/api/poll-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'
import { OutcomeTag, ruleText } from './outcome-tag.tsx'

/** What the hub waits for of this order, when it last asked, and the button to ask now. */
export function OrderAsks({ orderId }: { readonly orderId: string }) {
  const { t } = useWording()
  const can = useCan()
  const fail = useProblemToast()
  const refusalText = useRefusalText()
  const { message } = App.useApp()
  const asks = useQuery({
    queryKey: ['order-asks', orderId],
    queryFn: ({ signal }) => get<Asks>(`/api/orders/${orderId}/asks`, {}, signal),
    refetchInterval: 5_000,
  })
  const ask = useMutation({
    mutationFn: () => write<{ asked: string[] }>('POST', `/api/orders/${orderId}/ask`),
    onError: fail,
    onSuccess: ({ asked }) => {
      void message.success(t('polls.order.asked', { n: asked.length }))
      void asks.refetch()
    },
  })
  if (!asks.data) return null
  return (
    <Section
      title={t('polls.order.title')}
      extra={
        can('orders:write') ? (
          <Button size="small" icon={<SyncOutlined />} loading={ask.isPending} onClick={() => ask.mutate()}>
            {t('polls.order.ask')}
          </Button>
        ) : null
      }
    >
      <ul className="hf-intents">
        {asks.data.watched.map((watch) => (
          <Watched key={watch.subject ?? 'order'} watch={watch} />
        ))}
        {asks.data.watched.length === 0 ? <li className="hf-faint">{t('polls.order.nothing')}</li> : null}
        {asks.data.recent.slice(0, 3).map((line) => (
          <li key={line.id} className="hf-faint">
            <FullTime at={line.at} /> · {line.connection.name} · {line.subject ?? t('polls.order.self')}{' '}
            <OutcomeTag outcome={line.outcome} />{' '}
            {line.facts > 0
              ? t('polls.facts', { n: line.facts })
              : line.code
                ? refusalText(line.code, null)
                : line.words}
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Watched({ watch }: { readonly watch: Asks['watched'][number] }) {
  const { t } = useWording()
  const connections = useConnections()
  const via = connections.find((one) => one.id === watch.via)?.name
  return (
    <li>
      <b className={watch.subject ? 'hf-num' : ''}>{watch.subject ?? t('polls.order.self')}</b>{' '}
      {ruleText(t, watch.rule)}
      {via ? <span className="hf-faint"> · {via}</span> : null} ·{' '}
      {watch.askedAt ? (
        <>
          {t('polls.order.last')} <TimeText at={watch.askedAt} />
        </>
      ) : (
        t('polls.order.never')
      )}{' '}
      ·{' '}
      {watch.state === 'asking' ? (
        <Tag tone="move">{t('polls.order.asking')}</Tag>
      ) : (
        <>
          {t('polls.order.next')} <TimeText at={watch.dueAt} />
        </>
      )}
    </li>
  )
}
