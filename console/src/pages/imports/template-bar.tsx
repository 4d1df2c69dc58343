import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Select, Space } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import type { ImportTemplate, Uploaded } from '#/api/import-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'

const TEMPLATES = '/api/imports/templates'

/** A mapping that was made once is there for the next file of the kind. */
export function TemplateBar({
  file,
  template,
  onChange,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
  readonly onChange: (template: ImportTemplate) => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [chosen, setChosen] = useState('')
  const [name, setName] = useState(template.name)
  const { data } = useQuery({
    queryKey: ['import-templates'],
    queryFn: async ({ signal }) =>
      (await get<{ items: readonly ImportTemplate[] }>(TEMPLATES, {}, signal)).items,
  })
  const save = useMutation({
    mutationFn: () => {
      const { id: _id, updatedAt: _at, ...rules } = template
      return write<ImportTemplate>('POST', TEMPLATES, { ...rules, name: name.trim() })
    },
    onError: fail,
    onSuccess: (saved) => {
      setChosen(saved.id ?? '')
      void client.invalidateQueries({ queryKey: ['import-templates'] })
      void message.success(t('imports.templateSaved'))
    },
  })
  const use = (id: string) => {
    setChosen(id)
    const found = data?.find((one) => one.id === id)
    const next = found ?? file.suggestion
    setName(next.name)
    onChange(next)
    const missing = Object.values(next.columns)
      .map(({ column }) => column)
      .filter((column) => !file.columns.some((one) => one.name === column))
    if (missing.length > 0)
      void message.warning(t('imports.templateMissing', { columns: missing.join(t('common.and')) }))
  }
  return (
    <>
      {data && data.length > 0 ? (
        <Form.Item label={t('imports.template')} htmlFor="import-template">
          <Select
            id="import-template"
            aria-label={t('imports.template')}
            value={chosen}
            onChange={use}
            options={[
              { value: '', label: t('imports.templateNone') },
              ...data.map((one) => ({ value: one.id ?? '', label: one.name })),
            ]}
          />
        </Form.Item>
      ) : null}
      <Form.Item label={t('imports.templateName')} htmlFor="import-template-name">
        <Space.Compact block>
          <Input
            id="import-template-name"
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button
            loading={save.isPending}
            disabled={name.trim() === '' || template.columns['order_no'] === undefined}
            onClick={() => save.mutate()}
          >
            {t('imports.templateSave')}
          </Button>
        </Space.Compact>
      </Form.Item>
    </>
  )
}
