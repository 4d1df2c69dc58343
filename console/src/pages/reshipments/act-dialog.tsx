import { useMutation, useQuery } from '@tanstack/react-query'
import { Form, Input, Modal, Select } from 'antd'
import { get, write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

export type DeskAct = {
  readonly label:
    | 'reshipments.approve'
    | 'reshipments.reject'
    | 'reshipments.withdraw'
    | 'reshipments.keep'
    | 'reshipments.stop'
    | 'reshipments.uphold'
    | 'reshipments.dismiss'
  readonly path: string
  readonly body: Readonly<Record<string, string>>
  /** Whoever asked may not do it. */
  readonly isForOthers: boolean
  /** A connection has to be named that stops the parcel. */
  readonly asksWay?: true
}
type Draft = { readonly words: string; readonly connectionId?: string }
type Ways = { readonly items: readonly { readonly connectionId: string; readonly name: string }[] }

/** Every decision here wants a reason; an intercept also whom it is told to. */
export function ActDialog({
  act,
  onClose,
  onDone,
}: {
  readonly act: DeskAct
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const toast = useProblemToast()
  const [form] = Form.useForm<Draft>()
  const { orderId: order, trackingNo } = act.body
  const ways = useQuery({
    queryKey: ['intercept-ways', order, trackingNo],
    queryFn: () => get<Ways>('/api/intercepts/ways', { order, trackingNo }),
    enabled: act.asksWay === true,
  })
  const send = useMutation({
    mutationFn: ({ words, connectionId }: Draft) =>
      write(
        'POST',
        act.path,
        act.asksWay === true ? { ...act.body, connectionId, reason: words } : { ...act.body, words },
      ),
    onSuccess: onDone,
    onError: toast,
  })
  return (
    <Modal
      open
      title={t(act.label, { no: trackingNo ?? '' })}
      okText={t(act.label, { no: '' })}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: send.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Draft> form={form} layout="vertical" onFinish={(draft) => send.mutate(draft)}>
        {act.asksWay === true ? (
          <Form.Item name="connectionId" label={t('reshipments.way')} rules={[{ required: true }]}>
            <Select
              loading={ways.isLoading}
              options={(ways.data?.items ?? []).map(({ connectionId, name }) => ({
                value: connectionId,
                label: name,
              }))}
            />
          </Form.Item>
        ) : null}
        <Form.Item name="words" label={t('reshipments.why')} rules={[{ required: true, min: 3, max: 500 }]}>
          <Input.TextArea rows={3} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
