import type { ReactNode } from 'react'
import { LanguageSwitch, ThemeSwitch } from '#/app/switches.tsx'
import { useWording } from '#/i18n/language.tsx'

/** Frame of the pages in front of the door: sign-in and one-time link. */
export function DoorFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const { t } = useWording()
  return (
    <div className="hf-door">
      <div className="hf-door-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className="hf-door-card">
        <div className="hf-door-brand">
          <img src="/favicon.svg" alt="" width={36} height={36} />
          <span>
            <b>Holdfast</b>
            <small>{t('app.name')}</small>
          </span>
        </div>
        <h1>{title}</h1>
        {children}
      </main>
      <footer className="hf-faint">{t('app.tagline')}</footer>
    </div>
  )
}
