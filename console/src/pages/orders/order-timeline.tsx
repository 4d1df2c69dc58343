import { FileTextOutlined } from '@ant-design/icons'
import { Button, Segmented } from 'antd'
import type { OrderDetail, TimelineFact } from '#/api/types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { moneyText } from '#/lib/money.ts'
import { Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime, SourceTimeText } from '#/parts/time-text.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

/** The facts, each with its source, the event's own time and how we know it, when we heard, and the proof. */
export function OrderTimeline({ order }: { readonly order: OrderDetail }) {
  const { t } = useWording()
  const [newestFirst, setNewestFirst] = useLocalState('timeline.newestFirst', true)
  const facts = newestFirst ? [...order.timeline].reverse() : order.timeline
  return (
    <Section
      title={
        <>
          {t('drawer.timeline')}{' '}
          <span className="hf-faint">{t('drawer.factCount', { n: facts.length })}</span>
        </>
      }
      extra={
        <Segmented<'new' | 'old'>
          value={newestFirst ? 'new' : 'old'}
          onChange={(value) => setNewestFirst(value === 'new')}
          options={[
            { value: 'new', label: t('drawer.newestFirst') },
            { value: 'old', label: t('drawer.oldestFirst') },
          ]}
        />
      }
    >
      <p className="hf-faint">{t('drawer.timelineHint')}</p>
      <ol className="hf-timeline">
        {facts.map((fact) => (
          <FactLine key={fact.id} fact={fact} />
        ))}
      </ol>
    </Section>
  )
}

function FactLine({ fact }: { readonly fact: TimelineFact }) {
  const { t, word } = useWording()
  const { openMessage } = useOverlay()
  const outcome = typeof fact.detail['outcome'] === 'string' ? fact.detail['outcome'] : null
  return (
    <li className={`hf-fact hf-fact-${fact.kind}`}>
      <div className="hf-fact-head">
        <b>{word('fact', fact.kind)}</b>
        {outcome ? <CodeTag family="outcome" code={outcome} /> : null}
        <span className="hf-fact-source">
          {fact.source.name} <code title={t('drawer.sourceCode')}>{fact.code}</code>
        </span>
        <Button type="link" icon={<FileTextOutlined />} onClick={() => openMessage(fact.messageId)}>
          {t('drawer.message')}
        </Button>
      </div>
      <div className="hf-fact-times">
        <SourceTimeText time={fact.at} />
        <span className="hf-faint">
          {t('time.raw')} <code>{fact.at.raw}</code>
        </span>
        <span className="hf-faint">
          {t('time.received')} <FullTime at={fact.receivedAt} />
        </span>
      </div>
      <FactDetail detail={fact.detail} />
    </li>
  )
}

const DETAILS = [
  'trackingNo',
  'carrier',
  'waybillId',
  'batchNo',
  'deviceId',
  'place',
  'words',
  'reason',
  'refundId',
] as const

function FactDetail({ detail }: { readonly detail: TimelineFact['detail'] }) {
  const { t } = useWording()
  const items: [TextKey, string][] = []
  for (const name of DETAILS) {
    const value = detail[name]
    if (typeof value === 'string' && value !== '') items.push([`fact.detail.${name}`, value])
  }
  const amount = detail['amount']
  if (amount && typeof amount === 'object' && 'currency' in amount && 'amount' in amount) {
    items.push([
      'fact.detail.amount',
      moneyText({ currency: String(amount.currency), amount: String(amount.amount) }),
    ])
  }
  if (items.length === 0) return null
  return (
    <div className="hf-fact-detail">
      {items.map(([name, value]) => (
        <span key={name}>
          <span className="hf-faint">{t(name)}</span> {value}
        </span>
      ))}
    </div>
  )
}
