import { Button, Form, Input, Segmented, Select } from 'antd'
import type { WayOut } from '#/api/outward-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Section } from '#/parts/small.tsx'
import { useOutwardChange } from './use-outward.ts'

const MINUTES = [10, 30, 60, 240, 1_440] as const
type Values = { readonly state: 'open' | 'closed'; readonly minutes: number; readonly reason: string }

/** The switch by hand: never without a reason and an end. */
export function ForceForm({ way }: { readonly way: WayOut }) {
  const { t } = useWording()
  const [form] = Form.useForm<Values>()
  const force = useOutwardChange('outward.forced.done')
  const release = useOutwardChange('outward.released')
  const path = `/${encodeURIComponent(way.id)}/force`
  return (
    <Section
      title={t('outward.force')}
      extra={
        way.forced ? (
          <Button loading={release.isPending} onClick={() => release.mutate({ method: 'DELETE', path })}>
            {t('outward.force.release')}
          </Button>
        ) : null
      }
    >
      <p className="hf-faint">{t('outward.forceHint')}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ state: way.state === 'closed' ? 'open' : 'closed', minutes: 30, reason: '' }}
        onFinish={(body) =>
          force.mutate({ method: 'POST', path, body }, { onSuccess: () => form.resetFields(['reason']) })
        }
      >
        <div className="hf-inline hf-ow-force">
          <Form.Item name="state" noStyle>
            <Segmented
              aria-label={t('outward.force')}
              options={(['open', 'closed'] as const).map((value) => ({
                value,
                label: t(`outward.force.${value}`),
              }))}
            />
          </Form.Item>
          <Form.Item name="minutes" noStyle>
            <Select
              aria-label={t('outward.force.minutes')}
              popupMatchSelectWidth={false}
              options={MINUTES.map((value) => ({
                value,
                label:
                  value < 60
                    ? t('outward.minutesChoice', { n: value })
                    : t('outward.hoursChoice', { n: value / 60 }),
              }))}
            />
          </Form.Item>
        </div>
        <Form.Item
          name="reason"
          label={t('outward.force.reason')}
          rules={[{ required: true, min: 3, whitespace: true, message: t('outward.force.reasonShort') }]}
        >
          <Input maxLength={300} placeholder={t('outward.force.reasonHint')} />
        </Form.Item>
        <Button htmlType="submit" loading={force.isPending}>
          {t('outward.force.do')}
        </Button>
      </Form>
    </Section>
  )
}
