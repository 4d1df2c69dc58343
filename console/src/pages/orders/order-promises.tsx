import type { OrderDetail } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import { MoneyText, Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'

const OPEN: readonly string[] = ['running', 'breached']

/** What was promised of the order, until when, and what a breach may cost. */
export function OrderPromises({ order }: { readonly order: OrderDetail }) {
  const { t, word } = useWording()
  if (order.promises.length === 0) return null
  return (
    <Section title={t('promises.drawer')}>
      <ul className="hf-intents">
        {order.promises.map((promise) => (
          <li key={promise.source}>
            <div>
              <b>{word('promiseKeeps', promise.keeps)}</b>{' '}
              <CodeTag family="promiseState" code={promise.state} />{' '}
              {OPEN.includes(promise.state) ? (
                <Countdown dueAt={promise.dueAt} warnAt={promise.warnAt} />
              ) : null}{' '}
              {promise.penalty && OPEN.includes(promise.state) ? (
                <span className="hf-faint">
                  {t('promises.col.penalty')} <MoneyText money={promise.penalty} />
                </span>
              ) : null}
            </div>
            <div className="hf-faint">
              {promise.ruleName ??
                t(
                  promise.source === 'platform:deliver_by'
                    ? 'promises.source.deliver_by'
                    : 'promises.source.ship_by',
                )}{' '}
              · {t('promises.col.dueAt')} <FullTime at={promise.dueAt} />
              {promise.keptAt ? (
                <>
                  {' '}
                  · {t('promises.keptAt')} <FullTime at={promise.keptAt} />
                </>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}
