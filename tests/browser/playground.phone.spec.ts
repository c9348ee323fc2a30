import { expect, test } from "./playground";

test.use({ viewport: { width: 390, height: 844 } });

test("everything is within reach of a thumb", async ({ playground }) => {
  const { page } = playground;
  await playground.screenshot("phone-first");
  await playground.register();
  await page.getByRole("button", { name: "To the editor" }).click();
  await expect(playground.signedIn).toBeHidden();
  const { data } = await playground.run("CatchUp");
  expect(data).toBeTruthy();
  await expect(playground.play).toBeInViewport({ ratio: 1 });
  await expect(playground.result).toBeInViewport({ ratio: 0.9 });
  await playground.screenshot("phone");
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await expect(page.getByText("Docs", { exact: true })).toBeInViewport();
  await playground.screenshot("phone-documentation");
  await page.getByRole("button", { name: "Hide Documentation Explorer" }).click();
  await expect(playground.play).toBeInViewport({ ratio: 1 });
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  for (const name of ["System", "Light", "Dark"]) await expect(page.getByRole("button", { name })).toBeInViewport({ ratio: 1 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
});
