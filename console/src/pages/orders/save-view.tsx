import { SaveOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Checkbox, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { View } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { ORDERS, viewsQuery } from './order-queries.ts'

type NewView = { readonly name: string; readonly shared: boolean }

/** Keeps the present filter as a tab of one's own. */
export function SaveView({ filter }: { readonly filter: Readonly<Record<string, unknown>> }) {
  const { t } = useWording()
  const [open, setOpen] = useState(false)
  const [form] = Form.useForm<NewView>()
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/orders' })
  const { message } = App.useApp()
  const fail = useProblemToast()
  const save = useMutation({
    mutationFn: (view: NewView) => write<View | undefined>('POST', `${ORDERS}/views`, { ...view, filter }),
    onError: fail,
    onSuccess: async (view) => {
      setOpen(false)
      void message.success(t('view.saved'))
      await client.invalidateQueries({ queryKey: viewsQuery.queryKey })
      if (view?.id) void navigate({ search: { view: view.id } })
    },
  })
  return (
    <>
      <Button icon={<SaveOutlined />} onClick={() => setOpen(true)}>
        {t('view.save')}
      </Button>
      <Modal
        open={open}
        title={t('view.save')}
        okText={t('common.save')}
        cancelText={t('common.cancel')}
        confirmLoading={save.isPending}
        onOk={() => form.submit()}
        onCancel={() => setOpen(false)}
        width={400}
        destroyOnHidden
      >
        <p className="hf-faint">{t('view.saveHint')}</p>
        <Form
          form={form}
          layout="vertical"
          initialValues={{ shared: false }}
          onFinish={(view) => save.mutate(view)}
        >
          <Form.Item
            name="name"
            label={t('view.name')}
            rules={[{ required: true, whitespace: true, message: t('view.name') }]}
          >
            <Input maxLength={40} autoFocus />
          </Form.Item>
          <Form.Item name="shared" valuePropName="checked">
            <Checkbox>{t('view.shared')}</Checkbox>
          </Form.Item>
        </Form>
      </Modal>
    </>
  )
}
