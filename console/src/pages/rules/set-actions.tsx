import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Input, InputNumber, Modal, Space, Tooltip } from 'antd'
import type { ReactNode } from 'react'
import { write } from '#/api/client.ts'
import type { RuleSet, RuleVersion, VersionBrief } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useSession } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { canRollBack, percentText, rollbackTarget } from './release-steps.ts'
import { useRefreshSet } from './rule-queries.ts'

/** Asks for words before something is done; they are kept with it and shown in the history. */
export function WordsDialog({
  title,
  ok,
  danger = false,
  pending,
  initial = '',
  children,
  onDone,
  onClose,
}: {
  readonly title: string
  readonly ok: string
  readonly danger?: boolean
  readonly pending: boolean
  readonly initial?: string
  readonly children?: ReactNode
  readonly onDone: (words: string) => void
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<{ words: string }>()
  return (
    <Modal
      open
      title={title}
      okText={ok}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger, loading: pending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {children}
      <Form
        form={form}
        layout="vertical"
        initialValues={{ words: initial }}
        onFinish={({ words }) => onDone(words.trim())}
      >
        <Form.Item
          name="words"
          label={t('rules.because')}
          rules={[{ required: true, min: 2, whitespace: true, message: t('rules.becauseShort') }]}
        >
          <Input maxLength={500} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}

/** Something asked of the hub about this set: on success everything shown of it is read again. */
export function useSetAction<Answer = RuleSet>(
  setId: string,
  done: string,
  onDone?: (answer: Answer) => void,
) {
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshSet(setId)
  return useMutation({
    mutationFn: ({ path, body }: { readonly path: string; readonly body: unknown }) =>
      write<Answer>('POST', `${RULES}${path}`, body),
    onError: fail,
    onSettled: refresh,
    onSuccess: (answer) => {
      void message.success(done)
      onDone?.(answer)
    },
  })
}

/** One click and a reason that is already written: back to what decided before. */
export function RollbackDialog({ set, onClose }: { readonly set: RuleSet; readonly onClose: () => void }) {
  const { t } = useWording()
  const action = useSetAction(set.id, t('rules.rolledBack'), onClose)
  const target = rollbackTarget(set)
  if (!canRollBack(set)) return null
  return (
    <WordsDialog
      title={t('rules.rollback')}
      ok={t('rules.rollback')}
      danger
      pending={action.isPending}
      initial={t('rules.rollbackBecause')}
      onDone={(because) => action.mutate({ path: `/sets/${set.id}/rollback`, body: { because } })}
      onClose={onClose}
    >
      <p className="hf-faint">
        {set.gray
          ? target
            ? t('rules.rollbackGray', { n: set.gray.number, live: target.number })
            : t('rules.rollbackGrayOnly', { n: set.gray.number })
          : t('rules.rollbackLive', { n: set.live?.number ?? 0, to: target?.number ?? 0 })}
      </p>
    </WordsDialog>
  )
}

export function PromoteDialog({ set, onClose }: { readonly set: RuleSet; readonly onClose: () => void }) {
  const { t } = useWording()
  const action = useSetAction(set.id, t('rules.promoted'), onClose)
  if (!set.gray) return null
  return (
    <WordsDialog
      title={t('rules.promote')}
      ok={t('rules.promote')}
      pending={action.isPending}
      onDone={(because) => action.mutate({ path: `/sets/${set.id}/promote`, body: { because } })}
      onClose={onClose}
    >
      <p className="hf-faint">
        {t('rules.promoteHint', { n: set.gray.number, share: percentText(set.grayBps) })}
      </p>
    </WordsDialog>
  )
}

type Published = RuleSet | { readonly approval: 'waiting' }
type GrayValues = { readonly percent: number; readonly minutes: number }

/** To a share of the orders, watched for a while. The share and the time are what most people want; both can be changed. */
export function GrayDialog({
  set,
  draft,
  onClose,
}: {
  readonly set: RuleSet
  readonly draft: VersionBrief
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const [form] = Form.useForm<GrayValues>()
  const action = useSetAction<Published>(
    set.id,
    t(set.needsApproval ? 'rules.approvalAsked' : 'rules.published'),
    onClose,
  )
  return (
    <Modal
      open
      title={t('rules.publishGray', { n: draft.number })}
      okText={t(set.needsApproval ? 'rules.askApproval' : 'rules.publish')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: action.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">
        {set.live ? t('rules.grayHint', { live: set.live.number }) : t('rules.grayHintFirst')}
      </p>
      <Form<GrayValues>
        form={form}
        layout="vertical"
        initialValues={{ percent: 5, minutes: 120 }}
        onFinish={({ percent, minutes }) =>
          action.mutate({
            path: `/versions/${draft.id}/publish`,
            body: { do: 'gray', bps: Math.round(percent * 100), watchMinutes: minutes },
          })
        }
      >
        <Space size={24}>
          <Form.Item name="percent" label={t('rules.share')} rules={[{ required: true }]}>
            <InputNumber min={0.01} max={100} precision={2} suffix="%" aria-label={t('rules.share')} />
          </Form.Item>
          <Form.Item name="minutes" label={t('rules.watchMinutes')} rules={[{ required: true }]}>
            <InputNumber
              min={1}
              max={43_200}
              precision={0}
              suffix={t('rules.minutes')}
              aria-label={t('rules.watchMinutes')}
            />
          </Form.Item>
        </Space>
      </Form>
    </Modal>
  )
}

export function LiveDialog({
  set,
  draft,
  gray,
  onClose,
}: {
  readonly set: RuleSet
  readonly draft: VersionBrief
  readonly gray: boolean
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const action = useSetAction<Published>(
    set.id,
    t(set.needsApproval ? 'rules.approvalAsked' : 'rules.published'),
    onClose,
  )
  return (
    <WordsDialog
      title={t('rules.publishLive', { n: draft.number })}
      ok={t(set.needsApproval ? 'rules.askApproval' : 'rules.publish')}
      pending={action.isPending}
      initial={set.live ? '' : t('rules.firstVersion')}
      onDone={(because) =>
        action.mutate({ path: `/versions/${draft.id}/publish`, body: { do: 'live', because } })
      }
      onClose={onClose}
    >
      <p className="hf-faint">{t(gray && set.live ? 'rules.liveHint' : 'rules.liveHintFirst')}</p>
    </WordsDialog>
  )
}

/** Another person's word before it is published. */
export function ApprovalButtons({
  set,
  version,
  onAsk,
}: {
  readonly set: RuleSet
  readonly version: VersionBrief
  readonly onAsk: (dialog: 'approve' | 'reject') => void
}) {
  const { t } = useWording()
  const { user } = useSession()
  const asks = version.approvalAsks
  const isOwn = version.hands.includes(`user:${user.id}`)
  return (
    <Space>
      <span className="hf-faint">
        {asks?.do === 'gray'
          ? t('rules.asksGray', { share: percentText(asks.bps ?? set.grayBps) })
          : t('rules.asksLive')}
      </span>
      <Tooltip title={isOwn ? t('rules.approveOwn') : undefined}>
        <Button size="small" type="primary" disabled={isOwn} onClick={() => onAsk('approve')}>
          {t('rules.approve')}
        </Button>
      </Tooltip>
      <Button size="small" danger onClick={() => onAsk('reject')}>
        {t('rules.reject')}
      </Button>
    </Space>
  )
}

export function ApprovalDialog({
  set,
  version,
  answer,
  onClose,
}: {
  readonly set: RuleSet
  readonly version: VersionBrief
  readonly answer: 'approve' | 'reject'
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const done = t(answer === 'approve' ? 'rules.approved' : 'rules.rejected')
  const action = useSetAction<RuleSet>(set.id, done, onClose)
  return (
    <WordsDialog
      title={t(answer === 'approve' ? 'rules.approveTitle' : 'rules.rejectTitle', { n: version.number })}
      ok={t(answer === 'approve' ? 'rules.approve' : 'rules.reject')}
      danger={answer === 'reject'}
      pending={action.isPending}
      initial={answer === 'approve' ? t('rules.approveWords') : ''}
      onDone={(words) => action.mutate({ path: `/versions/${version.id}/${answer}`, body: { words } })}
      onClose={onClose}
    />
  )
}

/** A draft from `from`, or an empty one. */
export function useNewDraft(set: RuleSet, onDone: (version: RuleVersion) => void) {
  const { t } = useWording()
  const action = useSetAction<RuleVersion>(set.id, t('rules.drafted'), onDone)
  return {
    pending: action.isPending,
    start: (from: string | null) =>
      action.mutate({ path: `/sets/${set.id}/drafts`, body: { from, note: '' } }),
  }
}
