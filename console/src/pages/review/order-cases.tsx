import { Link } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { Due } from './review-columns.tsx'
import { useOrderCases } from './review-queries.ts'

/** What the workbench has open on one order, for the order's drawer; nothing where there is nothing. */
export function OrderCases({ orderId }: { readonly orderId: string }) {
  const { t, pick } = useWording()
  const cases = useOrderCases(orderId)
  if (cases.length === 0) return null
  return (
    <Section title={t('review.orderCases')} extra={<span className="hf-faint">{cases.length}</span>}>
      <ul className="hf-intents">
        {cases.map((one) => (
          <li key={one.id}>
            <div>
              <CodeTag family="caseSeverity" code={one.severity} dot />{' '}
              <Link to="/review" search={{ case: one.id }} preload={false}>
                {pick(one.rule)}
              </Link>{' '}
              {one.owner ? one.owner.name : <span className="hf-faint">{t('review.nobody')}</span>} ·{' '}
              <Due row={one} />
            </div>
            <div className="hf-faint">
              {pick(one)} — {pick(one.next)}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}
