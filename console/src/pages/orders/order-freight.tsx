import { useQuery } from '@tanstack/react-query'
import { get } from '#/api/client.ts'
import type { OrderFreight, StoredQuote } from '#/api/freight-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { MoneyText, Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/freight.css'

/** What the order's freight is, what it is made of and which version said so; nothing where no freight rules are live. */
export function OrderFreightSection({ orderId }: { readonly orderId: string }) {
  const { t } = useWording()
  const { data, error, refetch } = useQuery({
    queryKey: ['order-freight', orderId],
    queryFn: ({ signal }) => get<OrderFreight>(`/api/orders/${orderId}/freight`, {}, signal),
    refetchInterval: 10_000,
  })
  if (error && !data)
    return (
      <Section title={t('freight.drawer')}>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Section>
    )
  if (!data || (data.current === null && data.history.length === 0)) return null
  return (
    <Section title={t('freight.drawer')}>
      {data.current === null ? null : <Quote quote={data.current} />}
      {data.history.length === 0 ? null : (
        <details>
          <summary className="hf-faint">{t('freight.before', { n: data.history.length })}</summary>
          {data.history.map((quote) => (
            <Quote key={quote.id} quote={quote} />
          ))}
        </details>
      )}
    </Section>
  )
}

function Quote({ quote }: { readonly quote: StoredQuote }) {
  const { t } = useWording()
  const { currency } = quote.freight
  return (
    <>
      <p className="hf-tags hf-tags-wrap">
        <b>
          <MoneyText money={quote.freight} />
        </b>
        {quote.carrier === null ? null : <Tag tone="neutral">{quote.carrier}</Tag>}
        {quote.arm === 'gray' ? <Tag tone="wait">{t('freight.gray')}</Tag> : null}
        <span className="hf-faint">
          {t('freight.version', { n: quote.number })}
          {quote.parcels > 1 ? ` · ${t('freight.parcels', { n: quote.parcels })}` : ''} ·{' '}
          <TimeText at={quote.quotedAt} />
        </span>
      </p>
      <ul className="hf-intents">
        {quote.parts.map((part) => (
          <li key={part.node} className="hf-freight-part">
            <span>{part.label}</span>
            <MoneyText money={{ currency, amount: part.amount }} />
          </li>
        ))}
      </ul>
      {quote.jointWith.length === 0 ? null : (
        <p className="hf-faint">{t('freight.jointWith', { list: quote.jointWith.join(t('common.and')) })}</p>
      )}
    </>
  )
}
