import { useMutation } from '@tanstack/react-query'
import { Form, Input, Modal, Radio, Select } from 'antd'
import { useEffect } from 'react'
import { write } from '#/api/client.ts'
import { OUTCOMES, type ReviewPreview } from '#/api/review-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { type ChangePath, REVIEW, type Target, useAssignees, useChange } from './review-queries.ts'

const NAPS = [30, 120, 480, 1_440, 4_320] as const

export type DialogKind = 'assign' | 'snooze' | 'resolve' | 'reopen'
type Values = {
  readonly who?: readonly string[]
  readonly minutes?: number
  readonly outcome?: (typeof OUTCOMES)[number]
  readonly note?: string
}

const BODY: Readonly<Record<DialogKind, (values: Values) => object>> = {
  assign: ({ who = [] }) => (who.length === 1 ? { to: who[0] } : { among: who }),
  snooze: ({ minutes }) => ({ minutes }),
  resolve: ({ outcome, note }) => ({ outcome, ...(note ? { note } : {}) }),
  reopen: ({ note }) => (note ? { note } : {}),
}

/** What is asked before a change; for many cases with what it will touch and what it skips. */
export function ChangeDialog({
  kind,
  target,
  count,
  onClose,
  onDone,
}: {
  readonly kind: DialogKind
  readonly target: Target
  readonly count: number
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<Values>()
  const change = useChange(() => {
    onClose()
    onDone()
  })
  const preview = usePreview(kind, target, count > 1)
  const path: ChangePath = kind
  return (
    <Modal
      open
      title={t(`review.${kind}Title`, { n: preview?.willChange ?? count })}
      okText={t(`review.${kind}`)}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: change.isPending, disabled: preview?.willChange === 0 }}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={480}
    >
      <p className="hf-faint">{t(`review.${kind}Hint`)}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ minutes: 120, outcome: 'fixed' }}
        onFinish={(values) => change.mutate({ path, target, body: BODY[kind](values) })}
      >
        <Fields kind={kind} />
      </Form>
      {preview && preview.skippedTotal > 0 ? (
        <p className="hf-faint">
          {t('review.willChange')} {preview.willChange} · {t('review.skipped')} {preview.skippedTotal}
        </p>
      ) : null}
    </Modal>
  )
}

function usePreview(action: DialogKind, target: Target, wanted: boolean): ReviewPreview | undefined {
  const { mutate, data } = useMutation({
    mutationFn: (body: object) => write<ReviewPreview>('POST', `${REVIEW}/preview`, body),
  })
  const key = JSON.stringify(target)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the target by its content
  useEffect(() => {
    if (wanted) mutate({ ...target, action })
  }, [key, action, wanted, mutate])
  return data
}

function Fields({ kind }: { readonly kind: DialogKind }) {
  const { t } = useWording()
  if (kind === 'assign') return <WhoField />
  if (kind === 'snooze')
    return (
      <Form.Item name="minutes">
        <Radio.Group options={NAPS.map((value) => ({ value, label: t(`review.snooze.${value}`) }))} />
      </Form.Item>
    )
  return (
    <>
      {kind === 'resolve' ? <OutcomeField /> : null}
      <Form.Item
        name="note"
        label={t('review.note')}
        dependencies={['outcome']}
        rules={[
          ({ getFieldValue }) => ({
            required: getFieldValue('outcome') === 'other' && kind === 'resolve',
            whitespace: true,
            message: t('review.noteNeeded'),
          }),
        ]}
      >
        <Input.TextArea
          maxLength={1_000}
          autoSize={{ minRows: 2, maxRows: 6 }}
          placeholder={t('review.noteHint')}
        />
      </Form.Item>
    </>
  )
}

function WhoField() {
  const { t, word } = useWording()
  const people = useAssignees()
  return (
    <Form.Item
      name="who"
      label={t('review.assignWho')}
      rules={[{ required: true, message: t('review.assignWho') }]}
    >
      <Select
        mode="multiple"
        autoFocus
        optionFilterProp="label"
        options={people.map(({ id, name, role }) => ({
          value: id,
          label: `${name} · ${word('role', role)}`,
        }))}
      />
    </Form.Item>
  )
}

function OutcomeField() {
  const { t, word } = useWording()
  return (
    <Form.Item name="outcome" label={t('review.outcome')}>
      <Radio.Group
        optionType="button"
        options={OUTCOMES.map((value) => ({ value, label: word('caseOutcome', value) }))}
      />
    </Form.Item>
  )
}
