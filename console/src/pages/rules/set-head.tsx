import { EditOutlined, FileAddOutlined, RollbackOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Checkbox, Form, Input, Modal, Popconfirm } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleKind, RuleSet } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import { canRollBack } from './release-steps.ts'
import { useRefreshSet } from './rule-queries.ts'
import { PromoteDialog, RollbackDialog, useNewDraft } from './set-actions.tsx'
import { ScopeText, SetStates } from './set-words.tsx'

/** What the set is, how it stands, and the few things that one may want at any moment. */
export function SetHead({
  set,
  kind,
  onDraft,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly onDraft: (versionId: string) => void
}) {
  const { t, pick } = useWording()
  const can = useCan()
  const [dialog, setDialog] = useState<'rollback' | 'promote' | 'edit' | null>(null)
  const draft = useNewDraft(set, (version) => onDraft(version.id))
  const from = set.gray ?? set.live ?? set.previous
  return (
    <header className="hf-set-head">
      <h1>
        <Link to="/rules" search={{ kind: set.kind }} className="hf-faint">
          {pick(kind.label)}
        </Link>
        <span className="hf-faint"> / </span>
        {set.name}
      </h1>
      <Tag tone="neutral">
        <ScopeText set={set} />
      </Tag>
      <SetStates set={set} clock />
      <div className="hf-page-actions">
        {can('rules:write') ? (
          <Button icon={<EditOutlined />} aria-label={t('rules.edit')} onClick={() => setDialog('edit')} />
        ) : null}
        {can('rules:write') && !set.draft ? (
          <Button
            icon={<FileAddOutlined />}
            type={set.gray ? 'default' : 'primary'}
            loading={draft.pending}
            onClick={() => draft.start(from?.id ?? null)}
          >
            {t('rules.newDraft')}
          </Button>
        ) : null}
        {can('rules:publish') && set.gray ? (
          <Button onClick={() => setDialog('promote')}>{t('rules.promote')}</Button>
        ) : null}
        {can('rules:publish') && canRollBack(set) ? (
          <Button danger icon={<RollbackOutlined />} onClick={() => setDialog('rollback')}>
            {t('rules.rollback')}
          </Button>
        ) : null}
      </div>
      {dialog === 'rollback' ? <RollbackDialog set={set} onClose={() => setDialog(null)} /> : null}
      {dialog === 'promote' ? <PromoteDialog set={set} onClose={() => setDialog(null)} /> : null}
      {dialog === 'edit' ? <EditDialog set={set} onClose={() => setDialog(null)} /> : null}
    </header>
  )
}

type EditValues = { readonly name: string; readonly note: string; readonly needsApproval: boolean }

function EditDialog({ set, onClose }: { readonly set: RuleSet; readonly onClose: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshSet(set.id)
  const [form] = Form.useForm<EditValues>()
  const patch = useMutation({
    mutationFn: (values: Partial<EditValues & { active: boolean }>) =>
      write<RuleSet>('PATCH', `${RULES}/sets/${set.id}`, values),
    onError: fail,
    onSettled: refresh,
    onSuccess: () => {
      void message.success(t('common.saved'))
      onClose()
    },
  })
  return (
    <Modal
      open
      title={t('rules.edit')}
      onCancel={onClose}
      footer={
        <div className="hf-compare-bar">
          {can('rules:publish') ? (
            <Popconfirm
              title={t(set.active ? 'rules.retireConfirm' : 'rules.reviveConfirm')}
              okText={t(set.active ? 'rules.retire' : 'rules.revive')}
              cancelText={t('common.cancel')}
              onConfirm={() => patch.mutate({ active: !set.active })}
            >
              <Button danger={set.active}>{t(set.active ? 'rules.retire' : 'rules.revive')}</Button>
            </Popconfirm>
          ) : null}
          <span className="hf-push" />
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="primary" loading={patch.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        </div>
      }
    >
      <Form<EditValues>
        form={form}
        layout="vertical"
        initialValues={{ name: set.name, note: set.note, needsApproval: set.needsApproval }}
        onFinish={({ name, note, needsApproval }) =>
          patch.mutate({
            name: name.trim(),
            note: note.trim(),
            // Only what changed: taking approval away wants more than writing does.
            ...(needsApproval === set.needsApproval ? {} : { needsApproval }),
          })
        }
      >
        <Form.Item
          name="name"
          label={t('rules.col.name')}
          rules={[{ required: true, whitespace: true, message: t('rules.new.nameMissing') }]}
        >
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="note" label={t('rules.col.note')}>
          <Input maxLength={500} />
        </Form.Item>
        <Form.Item name="needsApproval" valuePropName="checked">
          <Checkbox>{t('rules.new.needsApproval')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}
