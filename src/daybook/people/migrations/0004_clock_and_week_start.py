from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="clock",
            field=models.CharField(
                choices=[("24", "24 h (14:30)"), ("12", "12 h (2:30 pm)")],
                default="24",
                max_length=2,
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="week_start",
            field=models.CharField(
                choices=[("monday", "Monday"), ("sunday", "Sunday"), ("saturday", "Saturday")],
                default="monday",
                max_length=8,
            ),
        ),
    ]
