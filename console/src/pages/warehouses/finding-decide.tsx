import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Popconfirm } from 'antd'
import { useState } from 'react'
import type { FindingDecision, StockFinding } from '#/api/capture-types.ts'
import { write } from '#/api/client.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'

type Given = { readonly to: 'accept' | 'keep'; readonly words: string }

/** The bar below the list: the warehouse is right, or the ledger is. */
export function FindingDecide({
  chosen,
  onDone,
  onClear,
}: {
  readonly chosen: readonly StockFinding[]
  readonly onDone: () => void
  readonly onClear: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusalText = useRefusalText()
  const [keeping, setKeeping] = useState(false)
  const acceptable = chosen.filter((row) => row.acceptable)
  const decide = useMutation({
    mutationFn: ({ to, words }: Given) =>
      write<FindingDecision>('POST', `/api/capture/findings/${to}`, {
        ids: (to === 'accept' ? acceptable : chosen).map((row) => row.id),
        ...(words === '' ? {} : { words }),
      }),
    onError: fail,
    onSuccess: ({ done, refused }) => {
      const [first] = refused
      if (first)
        void message.warning(
          t('findings.decidedSome', {
            n: done,
            refused: refused.length,
            why: refusalText(first.code, first.detail),
          }),
        )
      else void message.success(t('findings.decided', { n: done }))
      setKeeping(false)
      onDone()
    },
  })
  return (
    <div className="hf-cap-decide" role="toolbar" aria-label={t('findings.chosen', { n: chosen.length })}>
      <span>{t('findings.chosen', { n: chosen.length })}</span>
      <Popconfirm
        title={t('findings.accept')}
        description={<div className="hf-cap-ask">{t('findings.acceptHint', { n: acceptable.length })}</div>}
        okText={t('findings.accept')}
        cancelText={t('common.cancel')}
        onConfirm={() => decide.mutate({ to: 'accept', words: '' })}
      >
        <Button type="primary" disabled={acceptable.length === 0} loading={decide.isPending}>
          {t('findings.accept')}
        </Button>
      </Popconfirm>
      <Button onClick={() => setKeeping(true)}>{t('findings.keep')}</Button>
      <Button type="text" onClick={onClear}>
        {t('common.cancel')}
      </Button>
      {keeping ? (
        <KeepDialog
          n={chosen.length}
          busy={decide.isPending}
          onKeep={(words) => decide.mutate({ to: 'keep', words })}
          onClose={() => setKeeping(false)}
        />
      ) : null}
    </div>
  )
}

function KeepDialog({
  n,
  busy,
  onKeep,
  onClose,
}: {
  readonly n: number
  readonly busy: boolean
  readonly onKeep: (words: string) => void
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<{ words: string }>()
  return (
    <Modal
      open
      title={t('findings.keepTitle', { n })}
      okText={t('findings.keep')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('findings.keepHint')}</p>
      <Form form={form} layout="vertical" onFinish={({ words }) => onKeep(words.trim())}>
        <Form.Item
          name="words"
          label={t('findings.keepWords')}
          rules={[{ required: true, whitespace: true, message: t('findings.keepWordsHint') }]}
        >
          <Input maxLength={500} placeholder={t('findings.keepWordsHint')} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}
