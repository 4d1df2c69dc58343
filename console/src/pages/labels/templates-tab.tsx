import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Input, InputNumber, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { write } from '#/api/client.ts'
import type { LabelBlock, LabelSize, LabelTemplate, TemplateBody } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { PreviewPicture } from './preview.tsx'
import { TemplateVersions } from './template-versions.tsx'
import { useTemplates } from './use-labels.ts'

const BLOCKS = [
  'head',
  'sort_code',
  'package',
  'barcode',
  'receiver',
  'sender',
  'tags',
  'goods',
  'remark',
  'qr',
  'order',
  'text',
  'cut',
] as const
const ROOM: Readonly<Record<LabelSize, number>> = { '76x130': 126, '100x150': 146, '100x180': 176 }
const CARRIERS = ['SF', 'ZTO', 'YTO', 'YUNDA', 'STO', 'JT', 'EMS', 'JD', 'DHL', 'FEDEX', 'UPS']

type Draft = {
  readonly id: string | null
  readonly version: number
  readonly name: string
  readonly size: LabelSize
  readonly carriers: readonly string[]
  readonly body: TemplateBody
}

/** Templates: look, copy, change block by block, with the label beside it as it will come out. */
export function TemplatesTab({ tabs }: { readonly tabs: ReactNode }) {
  const { t, language } = useWording()
  const templates = useTemplates()
  const [ref, setRef] = useState('sf-76x130')
  const [draft, setDraft] = useState<Draft | null>(null)
  const shown = templates.find((one) => one.ref === ref) ?? templates[0]
  const nameOf = (one: LabelTemplate) => (language === 'zh' ? one.zh : one.en)
  const open = (one: LabelTemplate) => {
    setRef(one.ref)
    setDraft(one.id === null ? null : { ...one, name: one.zh })
  }
  const list = (own: boolean) => templates.filter((one) => (one.id !== null) === own)
  return (
    <div className="hf-list">
      {tabs}
      <div className="hf-label-desk">
        <nav className="hf-label-templates" aria-label={t('labels.tab.templates')}>
          {[true, false].map((own) =>
            list(own).length === 0 ? null : (
              <section key={String(own)}>
                <h2>{t(own ? 'labels.own' : 'labels.builtIn')}</h2>
                {list(own).map((one) => (
                  <Button
                    key={one.ref}
                    type={one.ref === shown?.ref ? 'primary' : 'text'}
                    block
                    onClick={() => open(one)}
                  >
                    {nameOf(one)}
                  </Button>
                ))}
              </section>
            ),
          )}
        </nav>
        {shown === undefined ? null : draft === null ? (
          <BuiltIn
            template={shown}
            onCopy={() =>
              setDraft({
                id: null,
                version: 0,
                name: `${nameOf(shown)} *`,
                size: shown.size,
                carriers: [],
                body: shown.body,
              })
            }
          />
        ) : (
          <Editor
            draft={draft}
            onChange={setDraft}
            onRemoved={() => {
              setRef('sf-76x130')
              setDraft(null)
            }}
            onSaved={(saved) => {
              setRef(saved)
              setDraft(null)
            }}
          />
        )}
        <PreviewPicture
          ask={
            draft === null
              ? { size: shown?.size ?? '76x130', template: shown?.ref ?? 'sf-76x130' }
              : { size: draft.size, body: draft.body }
          }
        />
      </div>
    </div>
  )
}

function BuiltIn({ template, onCopy }: { readonly template: LabelTemplate; readonly onCopy: () => void }) {
  const { t } = useWording()
  const can = useCan()
  return (
    <section>
      {can('parcels:write') ? (
        <Button type="primary" onClick={onCopy}>
          {t('labels.copy')}
        </Button>
      ) : null}
      <ol className="hf-label-blocks">
        {template.body.blocks.map((block, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no id and never move here
          <li key={at}>
            {t(`labels.block.${block.kind}` as 'labels.block.head')}{' '}
            <span className="hf-num hf-faint">
              {block.heightMm} mm · {block.sizePt} pt
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Editor({
  draft,
  onChange,
  onSaved,
  onRemoved,
}: {
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
  readonly onSaved: (ref: string) => void
  readonly onRemoved: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const { body } = draft
  const set = (part: Partial<TemplateBody>) => onChange({ ...draft, body: { ...body, ...part } })
  const save = useMutation({
    mutationFn: () => {
      const ask = { name: draft.name, size: draft.size, carriers: draft.carriers, body }
      return draft.id === null
        ? write<{ ref: string }>('POST', '/api/labels/templates', ask)
        : write<{ ref: string }>('PUT', `/api/labels/templates/${draft.id}`, {
            ...ask,
            version: draft.version,
          })
    },
    onError: fail,
    onSuccess: async ({ ref }) => {
      await client.invalidateQueries({ queryKey: ['label-templates'] })
      void message.success(t('labels.saved'))
      onSaved(ref)
    },
  })
  return (
    <section className="hf-label-editor">
      <Input
        aria-label={t('labels.name')}
        addonBefore={t('labels.name')}
        maxLength={60}
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.target.value })}
      />
      <Select
        mode="multiple"
        aria-label={t('labels.carriers')}
        placeholder={t('labels.carriers')}
        value={[...draft.carriers]}
        onChange={(carriers: string[]) => onChange({ ...draft, carriers })}
        options={CARRIERS.map((value) => ({ value, label: value }))}
      />
      <div className="hf-label-pair">
        <Input
          aria-label={t('labels.logo')}
          placeholder={t('labels.logo')}
          maxLength={24}
          value={body.logo}
          onChange={(event) => set({ logo: event.target.value })}
        />
        <Input
          aria-label={t('labels.giftTag')}
          placeholder={t('labels.giftTag')}
          maxLength={8}
          value={body.giftTag}
          onChange={(event) => set({ giftTag: event.target.value })}
        />
      </div>
      <div className="hf-label-pair">
        <Checkbox
          checked={body.notes.buyer}
          onChange={(event) => set({ notes: { ...body.notes, buyer: event.target.checked } })}
        >
          {t('labels.noteBuyer')}
        </Checkbox>
        <Checkbox
          checked={body.notes.seller}
          onChange={(event) => set({ notes: { ...body.notes, seller: event.target.checked } })}
        >
          {t('labels.noteSeller')}
        </Checkbox>
        <Checkbox checked={body.maskSender} onChange={(event) => set({ maskSender: event.target.checked })}>
          {t('labels.maskSender')}
        </Checkbox>
      </div>
      <BlockList size={draft.size} blocks={body.blocks} onChange={(blocks) => set({ blocks })} />
      <Button type="primary" loading={save.isPending} onClick={() => save.mutate()}>
        {t(draft.id === null ? 'labels.saveNew' : 'labels.save')}
      </Button>
      {draft.id === null ? null : (
        <TemplateVersions id={draft.id} version={draft.version} onLoad={set} onRemoved={onRemoved} />
      )}
    </section>
  )
}

function BlockList({
  size,
  blocks,
  onChange,
}: {
  readonly size: LabelSize
  readonly blocks: readonly LabelBlock[]
  readonly onChange: (blocks: readonly LabelBlock[]) => void
}) {
  const { t } = useWording()
  const used = Math.round(blocks.reduce((sum, one) => sum + one.heightMm, 0) * 10) / 10
  const change = (at: number, part: Partial<LabelBlock>) =>
    onChange(blocks.map((one, index) => (index === at ? { ...one, ...part } : one)))
  const move = (at: number, by: number) => {
    const next = [...blocks]
    const [one] = next.splice(at, 1)
    if (one !== undefined) next.splice(at + by, 0, one)
    onChange(next)
  }
  return (
    <>
      <div className="hf-label-pair">
        <b>{t('labels.blocks')}</b>
        <span className={used > ROOM[size] ? 'hf-bad-text hf-num' : 'hf-faint hf-num'}>
          {t('labels.used', { used, room: ROOM[size] })}
        </span>
      </div>
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no id of their own
        <div key={at} className="hf-label-block">
          <span>{t(`labels.block.${block.kind}` as 'labels.block.head')}</span>
          <InputNumber
            size="small"
            aria-label={t('labels.height')}
            min={1}
            max={120}
            step={0.5}
            value={block.heightMm}
            onChange={(mm) => change(at, { heightMm: mm ?? 1 })}
          />
          <InputNumber
            size="small"
            aria-label={t('labels.letters')}
            min={4}
            max={60}
            value={block.sizePt}
            onChange={(pt) => change(at, { sizePt: pt ?? 7 })}
          />
          <Button
            size="small"
            type="text"
            icon={<ArrowUpOutlined />}
            aria-label={t('labels.up')}
            disabled={at === 0}
            onClick={() => move(at, -1)}
          />
          <Button
            size="small"
            type="text"
            icon={<ArrowDownOutlined />}
            aria-label={t('labels.down')}
            disabled={at === blocks.length - 1}
            onClick={() => move(at, 1)}
          />
          <Button
            size="small"
            type="text"
            icon={<DeleteOutlined />}
            aria-label={t('labels.remove')}
            onClick={() => onChange(blocks.filter((_, index) => index !== at))}
          />
          {block.kind === 'text' ? (
            <Input
              size="small"
              className="hf-label-words"
              aria-label={t('labels.block.text')}
              maxLength={200}
              value={block.text}
              onChange={(event) => change(at, { text: event.target.value })}
            />
          ) : null}
        </div>
      ))}
      <Select
        aria-label={t('labels.addBlock')}
        placeholder={t('labels.addBlock')}
        value={null}
        onChange={(kind: string | null) => {
          if (kind !== null)
            onChange([...blocks, { kind, heightMm: kind === 'qr' ? 20 : 10, sizePt: 8, text: '' }])
        }}
        options={BLOCKS.map((value) => ({ value, label: t(`labels.block.${value}`) }))}
      />
    </>
  )
}
