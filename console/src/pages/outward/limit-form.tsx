import { Button, Form, InputNumber } from 'antd'
import type { CallBudget } from '#/api/outward-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { useOutwardChange } from './use-outward.ts'
import { BudgetBar, rateText } from './way-parts.tsx'

type Values = { readonly perSecond: number; readonly burst: number }

/** The account's limit: where it comes from, how it is used, and a person's own figures. */
export function LimitForm({ budget, canWrite }: { readonly budget: CallBudget; readonly canWrite: boolean }) {
  const { t, count, ago } = useWording()
  const change = useOutwardChange('outward.limit.saved')
  const path = `/accounts/${encodeURIComponent(budget.account)}`
  const invalid = { required: true, message: t('outward.limit.invalid') }
  return (
    <Section title={t('outward.limit')} extra={<BudgetBar budget={budget} />}>
      <Facts
        items={[
          [
            t('outward.limit.account'),
            <span key="account">
              <code>{budget.account}</code>{' '}
              {budget.connections.length > 1 ? (
                <span className="hf-faint">
                  {t('outward.limit.shared', { n: budget.connections.length })}
                </span>
              ) : null}
            </span>,
          ],
          [
            t('outward.col.budget'),
            <span key="source">
              <span className="hf-num">
                {t('outward.budgetLine', {
                  available: count(budget.available),
                  burst: count(budget.burst),
                  rate: rateText(budget.perSecond),
                })}
              </span>{' '}
              <span className="hf-faint">
                {t(`outward.limit.${budget.source}`, { by: budget.setBy ?? '' })}
              </span>
            </span>,
          ],
          ...(budget.held > 0 && budget.oldestHeld !== null
            ? ([
                [
                  t('outward.limit.held'),
                  <span key="held" className="hf-text-wait">
                    {t('outward.limit.heldWhy', { n: budget.held, t: ago(budget.oldestHeld) })}
                  </span>,
                ],
              ] as const)
            : []),
          [t('outward.limit.waited'), t('outward.limit.times', { n: budget.waited })],
          [t('outward.limit.refused'), t('outward.limit.times', { n: budget.refused })],
        ]}
      />
      {canWrite ? (
        <Form<Values>
          key={`${budget.perSecond} ${budget.burst}`}
          layout="inline"
          requiredMark={false}
          initialValues={{ perSecond: budget.perSecond, burst: budget.burst }}
          onFinish={(body) => change.mutate({ method: 'PUT', path, body })}
        >
          <Form.Item name="perSecond" label={t('outward.limit.perSecond')} rules={[invalid]}>
            <InputNumber min={0.001} max={10_000} />
          </Form.Item>
          <Form.Item name="burst" label={t('outward.limit.burst')} rules={[invalid]}>
            <InputNumber min={1} max={10_000} precision={0} />
          </Form.Item>
          <Button htmlType="submit" loading={change.isPending}>
            {t('outward.limit.do')}
          </Button>
          {budget.source === 'operator' ? (
            <Button type="text" onClick={() => change.mutate({ method: 'DELETE', path })}>
              {t('outward.limit.reset')}
            </Button>
          ) : null}
        </Form>
      ) : null}
    </Section>
  )
}
