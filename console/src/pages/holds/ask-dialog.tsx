import { useQuery } from '@tanstack/react-query'
import { Form, Input, Modal, Skeleton } from 'antd'
import { write } from '#/api/client.ts'
import type { UnlockPreview } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useStockChange } from '../stock/use-stock-change.ts'
import { WarningTags, Weighing } from './weighing.tsx'

type Answer = { readonly asked: readonly unknown[]; readonly skipped: readonly unknown[] }

/** Asks to free chosen holds by force, after showing what that frees and endangers. */
export function AskDialog({
  ids,
  onClose,
  onDone,
}: {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<{ reason: string }>()
  const { data, error, refetch } = useQuery({
    queryKey: ['unlock-preview', ids],
    queryFn: () => write<UnlockPreview>('POST', '/api/stock/unlocks/preview', { holds: ids }),
    staleTime: 0,
  })
  const able = data?.items.filter((item) => item.refusal === null).length ?? 0
  const ask = useStockChange<Answer>(
    ({ asked, skipped }) =>
      [
        t(data?.twoPeople === false ? 'holds.askedDoneAlone' : 'holds.askedDone', { n: asked.length }),
        skipped.length > 0 ? t('holds.skipped', { n: skipped.length }) : '',
      ]
        .filter(Boolean)
        .join(' · '),
    onDone,
  )
  return (
    <Modal
      open
      width={760}
      title={t('holds.askTitle', { n: ids.length })}
      okText={t('holds.askSubmit')}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: true, disabled: able === 0, loading: ask.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <div className="hf-stock-dialog">
        {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Skeleton active /> : null}
        {data ? <PreviewItems preview={data} /> : null}
        <Form
          form={form}
          layout="vertical"
          onFinish={({ reason }) =>
            ask.mutate({ method: 'POST', path: '/api/stock/unlocks', body: { holds: ids, reason } })
          }
        >
          <Form.Item
            name="reason"
            label={t('holds.askReason')}
            rules={[{ required: true, min: 3, whitespace: true, message: t('holds.reasonShort') }]}
          >
            <Input.TextArea rows={2} maxLength={500} placeholder={t('holds.askReasonHint')} />
          </Form.Item>
        </Form>
      </div>
    </Modal>
  )
}

function PreviewItems({ preview }: { readonly preview: UnlockPreview }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  const [only] = preview.items
  if (preview.items.length === 1 && only !== undefined && only.frees && only.endangers)
    return (
      <>
        {only.refusal ? (
          <p className="hf-bad-text">{refusal(only.refusal.code, only.refusal.detail)}</p>
        ) : null}
        <Weighing frees={only.frees} endangers={only.endangers} />
      </>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
    <section className="hf-stock-scroll" aria-label={t('holds.frees')} tabIndex={0}>
      <table className="hf-plain-table">
        <thead>
          <tr>
            <th scope="col">{t('holds.unlock.col.owner')}</th>
            <th scope="col">{t('holds.frees')}</th>
            <th scope="col">{t('holds.endangers')}</th>
          </tr>
        </thead>
        <tbody>
          {preview.items.map((item) => (
            <tr key={item.holdId}>
              <td className="hf-num">
                {item.endangers?.order?.orderNo ?? item.endangers?.owner.reference ?? item.holdId}
              </td>
              <td>{item.frees ? t('holds.freesPieces', { n: item.frees.pieces }) : null}</td>
              <td>
                {item.refusal ? (
                  <Tag tone="bad" title={refusal(item.refusal.code, item.refusal.detail)}>
                    {t('holds.cannot')}：{refusal(item.refusal.code, null)}
                  </Tag>
                ) : (
                  <WarningTags warnings={item.endangers?.warnings ?? []} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
