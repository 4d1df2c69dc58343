import { useMutation } from '@tanstack/react-query'
import { App, Button, Drawer, Form, Input, Select } from 'antd'
import { write } from '#/api/client.ts'
import type { SourcingTried, TriedParcel, TriedScore } from '#/api/sourcing-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'

const GOALS = {
  default: null,
  nearest: { parcels: 20, distance: 100, cost: 0, promise: 0, balance: 0 },
  cheapest: { parcels: 10, distance: 0, cost: 100, promise: 0, balance: 0 },
  quickest: { parcels: 30, distance: 0, cost: 10, promise: 100, balance: 0 },
  mixed: { parcels: 50, distance: 15, cost: 20, promise: 10, balance: 5 },
} as const
type Goal = keyof typeof GOALS
type Values = {
  readonly lines: string
  readonly province: string
  readonly city: string
  readonly goal: Goal
  readonly spread: 'never' | 'lines' | 'units'
}

/** Where some goods would leave from now, the next best ways, and why not those. */
export function TrySourcing({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const run = useMutation({
    mutationFn: ({ lines, province, city, goal, spread }: Values) =>
      write<SourcingTried>('POST', '/api/sourcing/preview', {
        lines: linesOf(lines),
        province,
        city,
        spread,
        ...(GOALS[goal] === null ? {} : { weights: GOALS[goal] }),
      }),
  })
  const submit = (values: Values) => {
    if (linesOf(values.lines) === null) void message.warning(t('sourcing.try.badLines'))
    else run.mutate(values)
  }
  return (
    <Drawer open size={620} title={t('sourcing.try.title')} onClose={onClose}>
      <p className="hf-faint">{t('sourcing.try.lead')}</p>
      <Form<Values>
        layout="vertical"
        initialValues={{ lines: '', province: '浙江', city: '', goal: 'default', spread: 'lines' }}
        onFinish={submit}
        autoComplete="off"
        className="hf-wh-form"
      >
        <Form.Item name="lines" label={t('sourcing.try.lines')} className="hf-wh-wide">
          <Input.TextArea rows={3} spellCheck={false} placeholder={t('sourcing.try.linesHint')} />
        </Form.Item>
        <Form.Item name="province" label={t('sourcing.lanes.province')}>
          <Input maxLength={40} />
        </Form.Item>
        <Form.Item name="city" label={t('sourcing.lanes.city')}>
          <Input maxLength={40} />
        </Form.Item>
        <Form.Item name="goal" label={t('sourcing.try.goal')}>
          <Select
            options={(Object.keys(GOALS) as Goal[]).map((value) => ({
              value,
              label: t(`sourcing.try.goal.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="spread" label={t('sourcing.try.spread')}>
          <Select
            options={(['never', 'lines', 'units'] as const).map((value) => ({
              value,
              label: t(`sourcing.try.spread.${value}`),
            }))}
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={run.isPending}>
          {t('sourcing.try.run')}
        </Button>
      </Form>
      {run.error ? <ProblemNotice error={run.error} /> : null}
      {run.data ? <Answer answer={run.data} /> : null}
    </Drawer>
  )
}

/** `SKU pieces grams`, a line each. Null where one cannot be read. */
function linesOf(text: string) {
  const lines = text
    .split('\n')
    .map((line) => line.trim().split(/[\s,，×]+/))
    .filter(([sku = '']) => sku !== '')
  const read = lines.map(([sku = '', quantity = '1', grams]) => ({
    sku,
    quantity: Number(quantity),
    weightG: grams === undefined ? null : Number(grams),
  }))
  const isWhole = (n: number) => Number.isSafeInteger(n) && n >= 0
  return read.length === 0 ||
    read.some((one) => !isWhole(one.quantity) || one.quantity < 1 || !isWhole(one.weightG ?? 0))
    ? null
    : read
}

function Answer({ answer }: { readonly answer: SourcingTried }) {
  const { t, pick } = useWording()
  return (
    <>
      <Section title={t('sourcing.try.best')}>
        <div className="hf-tags">
          <Tag tone={answer.isProven ? 'good' : 'wait'}>
            {t(answer.isProven ? 'sourcing.try.proven' : 'sourcing.try.notProven')}
          </Tag>
          <Figures score={answer.score} />
        </div>
        <Parcels parcels={answer.parcels} />
      </Section>
      {answer.rejected.length > 0 ? (
        <Section title={t('sourcing.try.rejected')}>
          {answer.rejected.map((one) => (
            <div key={JSON.stringify(one.parcels)} className="hf-source-way">
              <strong>{pick(one.why)}</strong> <Figures score={one.score} />
              <Parcels parcels={one.parcels} />
            </div>
          ))}
        </Section>
      ) : null}
      {answer.out.length > 0 ? (
        <Section title={t('sourcing.try.out')}>
          <ul className="hf-source-out">
            {answer.out.map((one) => (
              <li key={one.warehouse}>
                <code>{one.warehouse}</code> {pick(one.words)}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  )
}

function Figures({ score: { parcels, km, cost, hours } }: { readonly score: TriedScore }) {
  const { t } = useWording()
  const figures = [
    t('sourcing.try.parcels', { n: parcels }),
    ...(cost === null ? [] : [t('sourcing.try.cost', { n: cost })]),
    ...(hours === null ? [] : [t('sourcing.try.hours', { n: hours })]),
    ...(km === null ? [] : [t('sourcing.try.km', { n: km })]),
  ]
  return <span className="hf-faint hf-num">{figures.join(' · ')}</span>
}

function Parcels({ parcels }: { readonly parcels: readonly TriedParcel[] }) {
  const { t } = useWording()
  return (
    <ul className="hf-source-parcels">
      {parcels.map((parcel) => (
        <li key={`${parcel.warehouse} ${parcel.pieces[0]?.sku}`}>
          <code>{parcel.warehouse ?? t('sourcing.try.waits')}</code>{' '}
          {parcel.pieces.map(({ sku, quantity }) => `${sku} ×${quantity}`).join('、')}
        </li>
      ))}
    </ul>
  )
}
