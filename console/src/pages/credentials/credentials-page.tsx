import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function CredentialsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('credentials.title')} lead={t('credentials.lead')} />
    </div>
  )
}
